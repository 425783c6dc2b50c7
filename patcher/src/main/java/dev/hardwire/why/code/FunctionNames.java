package dev.hardwire.why.code;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Section;
import java.util.Optional;

/** The functions that the symbol tables of a file name (gABI, Symbol Table). */
final class FunctionNames {
  private static final int NO_TYPE = 0;
  private static final int FUNCTION = 2;
  private static final int RESOLVER = 10;

  private final ElfFile elf;
  private final boolean wide;
  private final long address;
  private Found best;

  /**
   * A symbol.
   *
   * @param start its value without the bit that marks Thumb code
   */
  record Found(String name, long start, long size, boolean isGlobal) {
    /** Whether people would rather read this name than another one of the same place. */
    private boolean isBetterThan(Found other) {
      if ((size > 0) != (other.size > 0)) {
        return size > 0;
      }
      if (start != other.start) {
        return Long.compareUnsigned(start, other.start) > 0;
      }
      if (name.startsWith("_") != other.name.startsWith("_")) {
        return !name.startsWith("_");
      }
      if (isGlobal != other.isGlobal) {
        return isGlobal;
      }
      return name.length() != other.name.length()
          ? name.length() < other.name.length()
          : name.compareTo(other.name) < 0;
    }
  }

  private FunctionNames(ElfFile elf, long address) {
    this.elf = elf;
    this.wide = elf.header().elfClass() == ElfClass.CLASS64;
    this.address = address;
  }

  /** The function at an address of the file; of several names the plainest. */
  static Optional<Found> find(ElfFile elf, long address) {
    FunctionNames names = new FunctionNames(elf, address);
    for (Section section : elf.sections()) {
      if (section.type() == Section.SHT_SYMTAB || section.type() == Section.SHT_DYNSYM) {
        names.search(section);
      }
    }
    return Optional.ofNullable(names.best);
  }

  private void search(Section table) {
    int entry = elf.header().elfClass().symbolSize();
    long strings = table.link();
    if (strings < 0 || strings >= elf.sections().size()) {
      return;
    }
    Section names = elf.sections().get((int) strings);
    Bytes bytes = elf.bytes();
    if (!bytes.contains(table.offset(), table.size())
        || !bytes.contains(names.offset(), names.size())) {
      return;
    }
    Bytes all = bytes.slice(table.offset(), table.size()).withOrder(elf.machine().order());
    for (long at = entry; at + entry <= all.size(); at += entry) {
      consider(all, at, names);
    }
  }

  private void consider(Bytes all, long at, Section names) {
    int info = all.u8(at + (wide ? 4 : 12));
    int type = info & 0xf;
    boolean isDefined = all.u16(at + (wide ? 6 : 14)) != 0;
    if (!isDefined || (type != FUNCTION && type != RESOLVER && type != NO_TYPE)) {
      return;
    }
    long value = wide ? all.u64(at + 8) : all.u32(at + 4);
    long size = wide ? all.u64(at + 16) : all.u32(at + 8);
    long start = elf.machine() == dev.hardwire.arch.Target.ARM ? value & -2 : value;
    long within = address - start;
    boolean holds = size > 0 ? Long.compareUnsigned(within, size) < 0 : within == 0;
    if (!holds) {
      return;
    }
    String name = name(names, all.u32(at));
    if (name.isEmpty() || name.startsWith("$")) { // marks of code and data of arm
      return;
    }
    Found found = new Found(name, start, size, info >> 4 != 0);
    if (best == null || found.isBetterThan(best)) {
      best = found;
    }
  }

  private String name(Section names, long offset) {
    if (offset < 0 || offset >= names.size()) {
      return "";
    }
    try {
      return elf.bytes().slice(names.offset(), names.size()).cString(offset);
    } catch (BytesException withoutEnd) {
      return "";
    }
  }
}
