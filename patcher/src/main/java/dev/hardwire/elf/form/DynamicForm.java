package dev.hardwire.elf.form;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The dynamic section: a closed list of tags, and for each what its value may be. Dynamic linkers
 * check little of it (glibc elf/get-dynamic-info.h, musl ldso/dynlink.c decode_dyn).
 */
final class DynamicForm {
  private static final long DF_ALL = 0x1f;

  /**
   * NOW, GLOBAL, NODELETE, INTERPOSE, ORIGIN, NODEFLIB, NODUMP, PIE. INTERPOSE concerns libraries
   * that are loaded with a program, and NODUMP dldump(3) of Solaris.
   */
  private static final long DF_1_ALL = 0x0800_1c89L;

  /** glibc counts the elements of an array in 32 bits. */
  private static final long MOST_ELEMENTS = 1 << 20;

  private static final String OTHER_KIND = "the relocations of this machine are of the other kind";

  /**
   * The dynamic linker fills this many words behind DT_PLTGOT with lazy binding; one more stays 0.
   */
  private static final int RESERVED_WORDS = 3;

  /**
   * An array of functions.
   *
   * @param start virtual address
   * @param end the first address behind it
   */
  private record FunctionArray(long start, long end) {}

  private final ElfFile elf;
  private final ElfClass elfClass;
  private final MachineForm machine;
  private final LibraryNames names;
  private final DynamicSymbols symbols;
  private final SymbolVersions versions;
  private final ProtectedRanges protectedRanges;
  private final boolean textRelocations;
  private final List<FunctionArray> arrays = new ArrayList<>();

  DynamicForm(ElfFile elf) {
    this.elf = elf;
    this.elfClass = elf.header().elfClass();
    this.machine = MachineForm.of(elf);
    this.names = new LibraryNames(elf);
    this.symbols = new DynamicSymbols(elf);
    this.versions = new SymbolVersions(elf, names);
    this.protectedRanges = new ProtectedRanges(elf, symbols, versions);
    this.textRelocations = NormalForm.relocatesCode(elf);
  }

  DynamicSymbols symbols() {
    return symbols;
  }

  ProtectedRanges protectedRanges() {
    return protectedRanges;
  }

  /** Whether relocations may write to segments that are not writable. */
  boolean hasTextRelocations() {
    return textRelocations;
  }

  List<FunctionArray> arrays() {
    return arrays;
  }

  /** Whether bytes lie outside of the arrays of functions, or are just one element. */
  boolean isWholeElement(long address, long size) {
    int word = elfClass.wordSize();
    for (FunctionArray array : arrays) {
      boolean meets = address < array.end() && array.start() - address < size;
      if (meets && (size != word || (address - array.start()) % word != 0)) {
        return false;
      }
    }
    return true;
  }

  void check() {
    for (DynamicEntry entry : elf.dynamic()) {
      if (!DynamicTag.isGeneric(entry.tag()) && !machine.isTag(entry.tag())) {
        throw refuse(entry.tag(), "linkers make no such entry in executables");
      }
    }
    flags(DynamicTag.FLAGS, DF_ALL);
    flags(DynamicTag.FLAGS_1, DF_1_ALL);
    tables();
    array(DynamicTag.PREINIT_ARRAY, DynamicTag.PREINIT_ARRAYSZ);
    array(DynamicTag.INIT_ARRAY, DynamicTag.INIT_ARRAYSZ);
    array(DynamicTag.FINI_ARRAY, DynamicTag.FINI_ARRAYSZ);
    code(DynamicTag.INIT);
    code(DynamicTag.FINI);
    globalOffsetTable();
    names.check();
    versions.check();
    protectedRanges.requireDisjoint();
    if (elf.hasInterpreter() || elf.isSharedLibrary()) {
      LinkerNames.check(elf, symbols, names.strings().inMemory());
    }
  }

  /** Which kind of relocations DT_JMPREL has; readers of relocations rely on it. */
  static void pltKind(ElfFile elf) {
    long kind = MachineForm.of(elf).usesRela() ? DynamicTag.RELA : DynamicTag.REL;
    if (elf.dynamicValue(DynamicTag.PLTREL).orElse(kind) != kind) {
      throw refuse(elf, DynamicTag.PLTREL, OTHER_KIND);
    }
  }

  private ElfFormatException refuse(long tag, String reason) {
    return refuse(elf, tag, reason);
  }

  private static ElfFormatException refuse(ElfFile elf, long tag, String reason) {
    long offset = elf.dynamicEntry(tag).map(DynamicEntry::fileOffset).orElse(0L);
    return new ElfFormatException(Refusal.BAD_DYNAMIC, offset, DynamicTag.nameOf(tag), reason);
  }

  private void flags(long tag, long known) {
    long value = elf.dynamicValue(tag).orElse(0);
    if ((value & ~known) != 0) {
      throw refuse(tag, "0x%x has flags that no linker sets in executables".formatted(value));
    }
  }

  private void tables() {
    ElfClass c = elfClass;
    boolean rela = machine.usesRela();
    if (rela) {
      absent(DynamicTag.REL, DynamicTag.RELSZ, DynamicTag.RELENT, DynamicTag.RELCOUNT);
      table(DynamicTag.RELA, DynamicTag.RELASZ, DynamicTag.RELAENT, c.relaSize());
    } else {
      absent(DynamicTag.RELA, DynamicTag.RELASZ, DynamicTag.RELAENT, DynamicTag.RELACOUNT);
      table(DynamicTag.REL, DynamicTag.RELSZ, DynamicTag.RELENT, c.relSize());
    }
    table(DynamicTag.RELR, DynamicTag.RELRSZ, DynamicTag.RELRENT, c.wordSize());
    int entry = rela ? c.relaSize() : c.relSize();
    table(DynamicTag.JMPREL, DynamicTag.PLTRELSZ, DynamicTag.NULL, entry);
    if (elf.dynamicValue(DynamicTag.SYMENT).orElse(c.symbolSize()) != c.symbolSize()) {
      throw refuse(DynamicTag.SYMENT, "not the size of a symbol");
    }
    long most = elf.dynamicValue(rela ? DynamicTag.RELASZ : DynamicTag.RELSZ).orElse(0) / entry;
    if (relativeCount() < 0 || relativeCount() > most) {
      // ld.so does not compare the count with the table (glibc elf/dynamic-link.h)
      throw refuse(countTag(), "%d relocations in a table of %d".formatted(relativeCount(), most));
    }
  }

  private long countTag() {
    return machine.usesRela() ? DynamicTag.RELACOUNT : DynamicTag.RELCOUNT;
  }

  /** So many relocations are taken as relative, whatever their type. */
  long relativeCount() {
    return elf.dynamicValue(countTag()).orElse(0);
  }

  private void absent(long... tags) {
    for (long tag : tags) {
      if (elf.dynamicEntry(tag).isPresent()) {
        throw refuse(tag, OTHER_KIND);
      }
    }
  }

  /** A partial entry at the end would be relocated as a whole one. */
  private void table(long tag, long sizeTag, long entryTag, int entry) {
    long size = elf.dynamicValue(sizeTag).orElse(0);
    Optional<DynamicEntry> start = elf.dynamicEntry(tag);
    if (size % entry != 0 || size < 0) {
      throw refuse(sizeTag, "%d is not a multiple of %d".formatted(size, entry));
    }
    if (size != 0 && (start.isEmpty() || elf.fileOffset(start.get().value(), size).isEmpty())) {
      throw refuse(start.isEmpty() ? sizeTag : tag, "the table is not in the file");
    }
    if (start.isPresent() && elf.dynamicEntry(sizeTag).isEmpty()) {
      throw refuse(tag, "nothing states the size of the table");
    }
    if (entryTag != DynamicTag.NULL && elf.dynamicValue(entryTag).orElse(entry) != entry) {
      throw refuse(entryTag, "not %d, the size of an entry".formatted(entry));
    }
  }

  private void array(long tag, long sizeTag) {
    long size = elf.dynamicValue(sizeTag).orElse(0);
    int word = elfClass.wordSize();
    Optional<DynamicEntry> start = elf.dynamicEntry(tag);
    if (size < 0 || size % word != 0 || size / word > MOST_ELEMENTS) {
      throw refuse(sizeTag, "0x%x is not the size of an array of functions".formatted(size));
    }
    if (start.isEmpty() != elf.dynamicEntry(sizeTag).isEmpty()) {
      throw refuse(start.isEmpty() ? sizeTag : tag, "an array has an address and a size");
    }
    if (size == 0) {
      return;
    }
    long address = start.orElseThrow().value();
    if (address % word != 0 || elf.fileOffset(address, size).isEmpty()) {
      throw refuse(tag, "no array of 0x%x bytes is in the file at 0x%x".formatted(size, address));
    }
    requireFree(tag, address, size);
    for (FunctionArray other : arrays) {
      if (address < other.end() && other.start() < address + size) {
        throw refuse(tag, "the array overlaps another one");
      }
    }
    arrays.add(new FunctionArray(address, address + size));
  }

  private void requireFree(long tag, long address, long size) {
    Optional<ProtectedRanges.Range> range = protectedRanges.at(address, size);
    if (range.isPresent()) {
      throw refuse(tag, "0x%x is in %s".formatted(address, range.get().name()));
    }
  }

  private void code(long tag) {
    Optional<DynamicEntry> entry = elf.dynamicEntry(tag);
    if (entry.isPresent() && !elf.isExecutable(entry.get().value())) {
      throw refuse(tag, "0x%x is not in an executable segment".formatted(entry.get().value()));
    }
  }

  /** With lazy binding the dynamic linker writes the first words of the table. */
  private void globalOffsetTable() {
    Optional<DynamicEntry> entry = elf.dynamicEntry(DynamicTag.PLTGOT);
    if (entry.isEmpty()) {
      return;
    }
    long address = entry.get().value();
    long size = (long) RESERVED_WORDS * elfClass.wordSize();
    boolean calls = elf.dynamicEntry(DynamicTag.JMPREL).isPresent();
    if (calls && !isWritable(address, size)) {
      throw refuse(DynamicTag.PLTGOT, "0x%x is not in a writable segment".formatted(address));
    }
    requireFree(DynamicTag.PLTGOT, address, size);
    for (FunctionArray array : arrays) {
      if (address < array.end() && array.start() < address + size) {
        throw refuse(DynamicTag.PLTGOT, "0x%x is in an array of functions".formatted(address));
      }
    }
  }

  private boolean isWritable(long address, long size) {
    for (ProgramHeader load : elf.loads()) {
      long within = address - load.vaddr();
      if (load.isWritable() && within >= 0 && within <= load.memsz() - size) {
        return true;
      }
    }
    return false;
  }
}
