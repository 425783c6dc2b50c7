/** Writes files of our own code, {@code stub-asm/*.c}: the shared library and the launcher. */
package dev.hardwire.library;
