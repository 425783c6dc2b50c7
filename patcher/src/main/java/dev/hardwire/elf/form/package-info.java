/**
 * The normal form: what an executable must look like to be patched and verified. Every rule names
 * the behaviour of the kernel, glibc or musl that it rests on; {@code docs/format.md} lists them.
 */
package dev.hardwire.elf.form;
