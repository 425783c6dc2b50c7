package dev.hardwire.patch.plan;

import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;

/**
 * Bytes of the original that are copied into the blob, together with the references to them. The
 * old bytes remain, unless the program header table grows over them.
 *
 * @param start file offset of the original bytes
 * @param size bytes
 * @param extra additional bytes of the copy, which the caller fills
 * @param newOffset file offset of the copy
 * @param addressShift difference between the new and the old virtual address of a byte
 * @param what the names of the sections
 * @param withSections whether section headers and symbols are changed to point to the copy
 */
record Move(
    long start,
    long size,
    long extra,
    long newOffset,
    long addressShift,
    String what,
    boolean withSections) {
  private long offsetShift() {
    return newOffset - start;
  }

  long end() {
    return start + size;
  }

  boolean contains(ProgramHeader segment) {
    return !segment.isLoad()
        && segment.type() != SegmentType.GNU_RELRO
        && segment.filesz() > 0
        && segment.offset() >= start
        && segment.fileEnd() <= end();
  }

  boolean overlaps(long from, long to) {
    return start < to && from < end();
  }

  /** The same without its sections. */
  Move withoutSections() {
    return new Move(start, size, extra, newOffset, addressShift, what, false);
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
        segment.offset() + offsetShift(),
        segment.vaddr() + addressShift,
        grown(segment.offset(), segment.filesz()));
  }

  Section apply(Section section) {
    return section.at(
        section.addr() + addressShift,
        section.offset() + offsetShift(),
        grown(section.offset(), section.size()));
  }

  private long grown(long offset, long length) {
    return offset == start && length == size ? size + extra : length;
  }
}
