package dev.hardwire.plan;

import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;

/**
 * Bytes of the original that are copied into the blob, with everything that points to them. The old
 * place keeps its bytes, except where the program header table grows over it.
 *
 * @param start file offset of the original bytes
 * @param size bytes
 * @param newOffset file offset of the copy
 * @param addressShift what the virtual address of a byte grows by
 * @param what the names of the sections
 * @param withSections whether section headers and symbols follow to the copy; they stay where the
 *     old bytes stay
 */
record Move(
    long start, long size, long newOffset, long addressShift, String what, boolean withSections) {
  private long offsetShift() {
    return newOffset - start;
  }

  long end() {
    return start + size;
  }

  boolean contains(ProgramHeader segment) {
    return !segment.isLoad()
        && segment.filesz() > 0
        && segment.offset() >= start
        && segment.fileEnd() <= end();
  }

  boolean overlaps(long from, long to) {
    return start < to && from < end();
  }

  /** The same without its sections. */
  Move withoutSections() {
    return new Move(start, size, newOffset, addressShift, what, false);
  }

  boolean contains(Section section) {
    return withSections
        && section.isAllocated()
        && section.size() > 0
        && section.type() != Section.SHT_NOBITS
        && section.offset() >= start
        && section.fileEnd() <= end();
  }

  ProgramHeader apply(ProgramHeader segment) {
    return segment.at(
        segment.offset() + offsetShift(), segment.vaddr() + addressShift, segment.filesz());
  }

  Section apply(Section section) {
    return section.at(
        section.addr() + addressShift, section.offset() + offsetShift(), section.size());
  }
}
