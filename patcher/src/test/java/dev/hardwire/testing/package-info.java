/** Fixtures that all tests share: test programs, the command, built ELF files. */
package dev.hardwire.testing;
