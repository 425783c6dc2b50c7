/** Writes the shared library that runs setup programs; its code is {@code stub-asm/library.c}. */
package dev.hardwire.library;
