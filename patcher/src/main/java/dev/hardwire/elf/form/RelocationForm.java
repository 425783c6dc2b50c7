package dev.hardwire.elf.form;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.RelocationReach;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Every dynamic relocation: its type is one of a closed list, its symbol is in the file, and what
 * it writes lies in a writable segment, outside of what the loaders read. The tables can have a
 * hundred thousand entries, so they are read in place, once.
 */
final class RelocationForm {
  private final ElfFile elf;
  private final ElfClass elfClass;
  private final MachineForm machine;
  private final DynamicForm dynamic;
  private final DynamicSymbols symbols;
  private final RelocationReach reach;
  private final Bytes bytes;
  private final int word;

  /** The segment that was written to last, and what is protected in it. */
  private ProgramHeader segment;

  private List<ProtectedRanges.Range> ranges = List.of();

  /** File offset of the first relocation for which code of the file is called; -1 for none. */
  private long resolver = -1;

  /** What follows the symbols of the hash tables, of which relocations may use some more. */
  private final Tail symbolTail;

  private final Tail versionTail;
  private long highestSymbol = -1;

  /** The memory from an address on, and the lowest address there that a relocation writes to. */
  private static final class Tail {
    private final long start;
    private long lowest = Long.MAX_VALUE;

    Tail(long start) {
      this.start = start;
    }

    void write(long address, long size) {
      if (address + size > start && address < lowest) {
        lowest = address;
      }
    }
  }

  RelocationForm(ElfFile elf, DynamicForm dynamic) {
    this.elf = elf;
    this.elfClass = elf.header().elfClass();
    this.machine = MachineForm.of(elf);
    this.dynamic = dynamic;
    this.symbols = dynamic.symbols();
    this.reach = new RelocationReach(elf);
    this.bytes = elf.bytes();
    this.word = elfClass.wordSize();
    this.symbolTail = tail(DynamicTag.SYMTAB, elfClass.symbolSize());
    this.versionTail = tail(DynamicTag.VERSYM, Short.BYTES);
  }

  private Tail tail(long tag, int entry) {
    OptionalLong start = elf.dynamicValue(tag);
    return new Tail(
        start.isPresent() ? start.getAsLong() + symbols.count() * entry : Long.MAX_VALUE);
  }

  void check() {
    boolean rela = machine.usesRela();
    long entries = rela ? DynamicTag.RELA : DynamicTag.REL;
    long size = rela ? DynamicTag.RELASZ : DynamicTag.RELSZ;
    table(entries, size, dynamic.relativeCount(), false);
    table(DynamicTag.JMPREL, DynamicTag.PLTRELSZ, 0, true);
    relr();
    usedSymbols(DynamicTag.SYMTAB, elfClass.symbolSize(), symbolTail);
    usedSymbols(DynamicTag.VERSYM, Short.BYTES, versionTail);
  }

  /** Relocations are done in order: none may change the symbol of a later one. */
  private void usedSymbols(long tag, int entry, Tail tail) {
    Optional<DynamicEntry> table = elf.dynamicEntry(tag);
    if (table.isPresent() && table.get().value() + (highestSymbol + 1) * entry > tail.lowest) {
      throw refuse(
          table.get().fileOffset(),
          "r_offset",
          "a relocation writes to 0x%x in a table of the dynamic linker".formatted(tail.lowest));
    }
    if (table.isPresent()) {
      dynamic.protectedRanges().requireAlone(tag, (highestSymbol + 1) * entry);
    }
  }

  private ElfFormatException refuse(long at, String field, String reason) {
    return new ElfFormatException(Refusal.BAD_RELOCATIONS, at, field, reason);
  }

  /** File offset of a table; DynamicForm has seen that it lies in the file. */
  private long start(long tag, long size) {
    Optional<DynamicEntry> entry = elf.dynamicEntry(tag);
    return entry.isEmpty() || size == 0 ? 0 : elf.fileOffset(entry.get().value(), size).orElse(0);
  }

  private void table(long tag, long sizeTag, long relatives, boolean calls) {
    long size = elf.dynamicValue(sizeTag).orElse(0);
    long start = start(tag, size);
    int entrySize = machine.usesRela() ? elfClass.relaSize() : elfClass.relSize();
    for (long i = 0; start != 0 && i < size / entrySize; i++) {
      entry(start + i * entrySize, i < relatives, calls);
    }
  }

  private void entry(long at, boolean relative, boolean calls) {
    long address = elf.header().readWord(bytes, at);
    long info = elf.header().readWord(bytes, at + word);
    int type = (int) (elfClass == ElfClass.CLASS64 ? info & 0xffff_ffffL : info & 0xff);
    long symbol = elfClass == ElfClass.CLASS64 ? info >>> 32 : info >>> 8;
    boolean known =
        calls ? machine.isCall(type) : machine.isData(type, dynamic.hasTextRelocations());
    if (!known) {
      throw refuse(at, "r_info", "type %d is not one that this table holds".formatted(type));
    }
    if (relative && type != elf.machine().relativeType()) {
      // the dynamic linker does not look at the type of entries that DT_RELACOUNT counts
      throw refuse(at, "r_info", "type %d is counted as relative".formatted(type));
    }
    if (type == elf.machine().relativeType() && symbol != 0) {
      throw refuse(at, "r_info", "a relative relocation with symbol %d".formatted(symbol));
    }
    if (symbol != 0 && !symbols.contains(symbol)) {
      throw refuse(at, "r_info", "symbol %d is not in the file".formatted(symbol));
    }
    highestSymbol = Math.max(highestSymbol, symbol);
    boolean resolves = machine.isResolver(type) || (symbol != 0 && symbols.isResolver(symbol));
    if (resolves && resolver < 0) {
      resolver = at;
    }
    if (type != 0) {
      write(at, address, reach.bytes(at));
    }
  }

  /** The bytes that a relocation writes. */
  private void write(long at, long address, long size) {
    symbolTail.write(address, size);
    versionTail.write(address, size);
    if (segment == null || !holds(segment, address, size)) {
      segment = segmentOf(at, address, size);
      ranges = dynamic.protectedRanges().in(segment);
    }
    for (int i = 0; i < ranges.size(); i++) { // without an iterator: for every relocation
      ProtectedRanges.Range range = ranges.get(i);
      if (range.meets(address, size)) {
        throw refuse(
            at, "r_offset", "a relocation writes to 0x%x in %s".formatted(address, range.name()));
      }
    }
    if (!dynamic.arrays().isEmpty() && !dynamic.isWholeElement(address, size)) {
      throw refuse(at, "r_offset", "0x%x is inside an element of an array".formatted(address));
    }
  }

  private static boolean holds(ProgramHeader load, long address, long size) {
    long within = address - load.vaddr();
    return within >= 0 && size >= 0 && within <= load.memsz() && size <= load.memsz() - within;
  }

  private ProgramHeader segmentOf(long at, long address, long size) {
    for (ProgramHeader load : elf.loads()) {
      if (holds(load, address, size) && (load.isWritable() || dynamic.hasTextRelocations())) {
        return load;
      }
    }
    throw refuse(
        at, "r_offset", "%d bytes at 0x%x are not in a writable segment".formatted(size, address));
  }

  /** An even entry is an address, an odd one a bitmap of the words behind the last (gABI, RELR). */
  private void relr() {
    long size = elf.dynamicValue(DynamicTag.RELRSZ).orElse(0);
    long start = start(DynamicTag.RELR, size);
    long base = 0;
    for (long at = start; start != 0 && at < start + size; at += word) {
      long entry = elf.header().readWord(bytes, at);
      if ((entry & 1) == 0) {
        write(at, entry, word);
        base = entry + word;
        continue;
      }
      for (int bit = 1; bit < word * Byte.SIZE; bit++) {
        if ((entry >>> bit & 1) != 0) {
          write(at, base + (long) (bit - 1) * word, word);
        }
      }
      base += (long) (word * Byte.SIZE - 1) * word;
    }
  }

  /** The first relocation for which the dynamic linker calls code of the file, if there is one. */
  Optional<ElfFormatException> resolver() {
    if (resolver >= 0) {
      return Optional.of(
          new ElfFormatException(
              Refusal.RUNS_BEFORE_HOOK,
              resolver,
              "r_info",
              "the dynamic linker calls an IFUNC resolver of the program for this relocation"));
    }
    if (symbols.anyResolver()) {
      return Optional.of(
          new ElfFormatException(
              Refusal.RUNS_BEFORE_HOOK,
              elf.dynamicEntry(DynamicTag.SYMTAB).map(DynamicEntry::fileOffset).orElse(0L),
              "st_info",
              "a library can make the dynamic linker call an IFUNC resolver of the program"));
    }
    return Optional.empty();
  }
}
