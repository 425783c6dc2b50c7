package dev.hardwire.elf.form;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.SegmentType;
import java.util.List;

/**
 * Memory behind the last writable segment of a file, for flags that are zero when a program starts:
 * p_memsz grows, and the kernel clears what the file does not hold.
 *
 * @param before the segment in the file
 * @param address of the first flag; each has {@value #SIZE} bytes
 * @param end behind the last one
 */
public record PhaseFlags(ProgramHeader before, long address, long end) {
  /** Bytes of a flag. */
  public static final int SIZE = 8;

  /**
   * Finds the place.
   *
   * @param count how many flags
   * @throws ElfFormatException if there is none
   */
  public static PhaseFlags of(ElfFile elf, int count) {
    List<ProgramHeader> loads = elf.loads();
    int last = -1;
    for (int i = 0; i < loads.size(); i++) {
      last = loads.get(i).isWritable() ? i : last;
    }
    if (last < 0 || (loads.get(last).flags() & ProgramHeader.PF_X) != 0) {
      throw refuse(elf, Math.max(last, 0), "no segment is writable and not executable");
    }
    ProgramHeader segment = loads.get(last);
    if (segment.overlapsFile(elf.header().phoff(), elf.header().phoff() + 1)) {
      throw refuse(elf, last, "the last writable segment holds the program headers");
    }
    long address = (segment.memoryEnd() + SIZE - 1) & -SIZE;
    long end = address + (long) count * SIZE;
    long page = elf.machine().pageSize();
    if (last + 1 < loads.size()
        && ((end + page - 1) & -page) > (loads.get(last + 1).vaddr() & -page)) {
      throw refuse(elf, last, "another segment directly follows the last writable one");
    }
    for (ProgramHeader other : elf.programHeaders()) {
      if (other.type() == SegmentType.GNU_RELRO
          && (other.vaddr() & -page) < end
          && address < ((other.memoryEnd() + page - 1) & -page)) {
        throw refuse(elf, last, "the end of the last writable segment becomes read-only");
      }
    }
    return new PhaseFlags(segment, address, end);
  }

  private static ElfFormatException refuse(ElfFile elf, int load, String reason) {
    int index = elf.programHeaders().indexOf(elf.loads().get(load));
    return new ElfFormatException(
        Refusal.NO_PHASE,
        elf.header().programHeaderOffset(index),
        "p_memsz",
        reason + ", so there is no room for flags of phases");
  }

  public ProgramHeader after() {
    return before.withSizes(before.filesz(), end - before.vaddr());
  }

  public long flag(int index) {
    return address + (long) index * SIZE;
  }
}
