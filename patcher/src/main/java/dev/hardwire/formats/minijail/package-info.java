/** Minijail's policies and their expressions. */
package dev.hardwire.formats.minijail;
