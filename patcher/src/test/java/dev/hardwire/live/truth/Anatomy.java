package dev.hardwire.live.truth;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.Symbol;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Where the tables of a good file are, and which addresses mean something in it. */
final class Anatomy {
  private static final List<String> FUNCTIONS =
      List.of(
          "other_start",
          "other_start_main",
          "main",
          "first",
          "second",
          "last",
          "choose",
          "pre_construct",
          "_start",
          "_init",
          "_fini");

  /**
   * Bytes of the file.
   *
   * @param start file offset
   */
  record Range(int start, int size) {}

  final ElfFile elf;
  final int word;
  final boolean isBig;
  final boolean usesRela;
  final List<Integer> programHeaders;
  final List<Integer> sections;

  /** All entries of the dynamic section, those behind its end included. */
  final List<Integer> dynamic;

  final List<Integer> relocations;
  final List<Integer> packed;
  final List<Integer> symbols;
  final List<Integer> versions;

  /** Elements of arrays of functions. */
  final List<Integer> elements;

  /** The symbol that start code calls, and the relocations that decide what runs first. */
  final List<Integer> startSymbols = new ArrayList<>();

  final List<Integer> startRelocations = new ArrayList<>();

  final List<Range> hashes;
  final List<Range> notes;
  final Range strings;
  final Range interpreter;

  /** Virtual addresses of functions that report what they see, and of start code. */
  final List<Long> functions = new ArrayList<>();

  /** Virtual addresses of tables, segments, sections and objects. */
  final List<Long> addresses = new ArrayList<>();

  Anatomy(Bytes file) {
    this.elf = ElfFile.parse(file);
    ElfClass form = elf.header().elfClass();
    this.word = form.wordSize();
    this.isBig = elf.machine().order() == ByteOrder.BIG_ENDIAN;
    this.usesRela = word == Long.BYTES;
    this.programHeaders =
        steps(elf.header().phoff(), elf.header().phnum(), form.programHeaderSize());
    this.sections =
        elf.sections().isEmpty()
            ? List.of()
            : steps(elf.header().shoff(), elf.sections().size(), form.sectionHeaderSize());
    this.dynamic =
        elf.segment(SegmentType.DYNAMIC)
            .map(d -> steps(d.offset(), d.filesz() / form.dynamicSize(), form.dynamicSize()))
            .orElse(List.of());
    int entry = usesRela ? form.relaSize() : form.relSize();
    this.relocations = new ArrayList<>();
    relocations.addAll(table(usesRela ? DynamicTag.RELA : DynamicTag.REL, sizeTag(), entry));
    relocations.addAll(table(DynamicTag.JMPREL, DynamicTag.PLTRELSZ, entry));
    this.packed = table(DynamicTag.RELR, DynamicTag.RELRSZ, word);
    this.symbols = section(Section.SHT_DYNSYM, form.symbolSize());
    this.versions =
        value(DynamicTag.VERSYM).isPresent()
            ? steps(offset(value(DynamicTag.VERSYM).getAsLong(), 2), symbols.size(), 2)
            : List.of();
    this.elements = new ArrayList<>();
    elements.addAll(table(DynamicTag.INIT_ARRAY, DynamicTag.INIT_ARRAYSZ, word));
    elements.addAll(table(DynamicTag.FINI_ARRAY, DynamicTag.FINI_ARRAYSZ, word));
    elements.addAll(table(DynamicTag.PREINIT_ARRAY, DynamicTag.PREINIT_ARRAYSZ, word));
    elements.addAll(section(Section.SHT_INIT_ARRAY, word));
    this.hashes = new ArrayList<>();
    this.notes = new ArrayList<>();
    for (Section section : elf.sections()) {
      if (section.name().contains("hash") || section.name().startsWith(".gnu.version_r")) {
        hashes.add(new Range((int) section.offset(), (int) section.size()));
      } else if (section.type() == Section.SHT_NOTE) {
        notes.add(new Range((int) section.offset(), (int) section.size()));
      }
    }
    this.strings = strings();
    this.interpreter =
        elf.segment(SegmentType.INTERP)
            .map(p -> new Range((int) p.offset(), (int) p.filesz()))
            .orElse(new Range(0, 0));
    collectAddresses();
    collectStart();
  }

  private static List<Integer> steps(long start, long count, int step) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add((int) start + i * step);
    }
    return all;
  }

  private long sizeTag() {
    return usesRela ? DynamicTag.RELASZ : DynamicTag.RELSZ;
  }

  OptionalLong value(long tag) {
    return elf.dynamicValue(tag);
  }

  /** The file offset of an address in the good file; 0 if it is not in it. */
  int offset(long address, long size) {
    return (int) elf.fileOffset(address, size).orElse(0);
  }

  private List<Integer> table(long tag, long sizeTag, int entry) {
    long size = value(sizeTag).orElse(0);
    return size == 0 ? List.of() : steps(offset(value(tag).orElse(0), size), size / entry, entry);
  }

  private List<Integer> section(long type, int entry) {
    return elf.section(s -> s.type() == type)
        .map(s -> steps(s.offset(), s.size() / entry, entry))
        .orElse(List.of());
  }

  private Range strings() {
    long size = value(DynamicTag.STRSZ).orElse(0);
    return new Range(offset(value(DynamicTag.STRTAB).orElse(0), size), (int) size);
  }

  private void collectAddresses() {
    for (ProgramHeader segment : elf.programHeaders()) {
      if (segment.vaddr() != 0) {
        addresses.add(segment.vaddr());
        addresses.add(segment.memoryEnd());
      }
    }
    for (Section section : elf.sections()) {
      if (section.isAllocated()) {
        addresses.add(section.addr());
        addresses.add(section.addr() + section.size());
      }
    }
    for (int at : elements) {
      elf.loadOf(at).ifPresent(load -> addresses.add(load.vaddr() + at - load.offset()));
    }
    for (int at : programHeaders) {
      elf.loadOf(at).ifPresent(load -> addresses.add(load.vaddr() + at - load.offset()));
    }
    for (int at : dynamic) {
      elf.loadOf(at).ifPresent(load -> addresses.add(load.vaddr() + at - load.offset() + word));
    }
    for (int at : symbols) {
      addresses.add(value(DynamicTag.STRTAB).orElse(0) + elf.bytes().u32(at));
    }
    elf.section(s -> s.type() == Section.SHT_SYMTAB)
        .ifPresent(table -> elf.symbols(table, index -> index != 0).forEach(this::add));
    if (functions.isEmpty()) {
      functions.add(elf.header().entry());
    }
  }

  private void collectStart() {
    Bytes bytes = elf.bytes();
    for (int i = 0; i < symbols.size(); i++) {
      String name = bytes.cString(strings.start() + bytes.u32(symbols.get(i)));
      if (name.equals("__libc_start_main")) {
        startSymbols.add(symbols.get(i));
        startRelocations.addAll(relocationsOf(i));
      }
    }
    for (int at : relocations) {
      if (elements.contains(offset(elf.header().readWord(bytes, at), word))) {
        startRelocations.add(at);
      }
    }
  }

  private List<Integer> relocationsOf(int symbol) {
    int shift = word == Long.BYTES ? 32 : 8;
    return relocations.stream()
        .filter(at -> elf.header().readWord(elf.bytes(), at + word) >>> shift == symbol)
        .toList();
  }

  private void add(Symbol symbol) {
    if (FUNCTIONS.contains(symbol.name())) {
      functions.add(symbol.value());
    } else if (symbol.name().endsWith("_pointer")) {
      addresses.add(symbol.value());
    }
  }
}
