/**
 * ELF files as records: the only package that uses the generated parser.
 *
 * <p>"File offset" always means bytes from the start of the file, "virtual address" an address as
 * the file states it, before a load bias is added.
 */
package dev.hardwire.elf;
