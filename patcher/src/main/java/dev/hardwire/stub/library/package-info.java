/** Writes the shared library and the launcher, whose code is in {@code stub-asm/*.c}. */
package dev.hardwire.stub.library;
