/**
 * The notes and the blob header that Hardwire adds to a file, as {@code hardwire_note.ksy}
 * publishes them.
 */
package dev.hardwire.elf.note;
