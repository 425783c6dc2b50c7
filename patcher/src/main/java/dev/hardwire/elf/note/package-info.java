/**
 * The notes and the blob header that Hardwire adds to a file, described by {@code
 * src/main/kaitai/hardwire_note.ksy}. The build generates {@code dev.hardwire.elf.note.generated}
 * from that file; only this package uses it.
 */
package dev.hardwire.elf.note;
