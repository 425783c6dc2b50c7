/** The files that commands read. */
package dev.hardwire.cli.input;
