package dev.hardwire.why.code;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SymbolTable;
import java.util.Optional;

/** The functions that the symbol tables of a file name (gABI, Symbol Table). */
final class FunctionNames {
  private final ElfFile elf;
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
    SymbolTable symbols = new SymbolTable(elf, bytes.slice(table.offset(), table.size()));
    for (long i = 1; i < symbols.count(); i++) {
      consider(symbols, i, names);
    }
  }

  private void consider(SymbolTable symbols, long index, Section names) {
    boolean isCode = symbols.isFunction(index) || symbols.type(index) == SymbolTable.STT_NOTYPE;
    if (!isCode || symbols.section(index) == SymbolTable.SHN_UNDEF) {
      return;
    }
    long value = symbols.value(index);
    long size = symbols.size(index);
    long start = elf.machine() == Target.ARM ? value & -2 : value;
    long within = address - start;
    boolean holds = size > 0 ? Long.compareUnsigned(within, size) < 0 : within == 0;
    if (!holds) {
      return;
    }
    String name = name(names, symbols.nameOffset(index));
    if (name.isEmpty() || name.startsWith("$")) { // marks of code and data of arm
      return;
    }
    Found found = new Found(name, start, size, symbols.binding(index) != SymbolTable.STB_LOCAL);
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
