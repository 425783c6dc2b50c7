/** Proves from a finished file's bytes what it will do. */
package dev.hardwire.verify;
