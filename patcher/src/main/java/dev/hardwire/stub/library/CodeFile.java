package dev.hardwire.stub.library;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.Change;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.FileHeader;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes an ELF file with one piece of code, a shared object or a static position-independent
 * executable, without symbols and dependencies (gABI, Object Files, Program Loading, Dynamic
 * Linking). Its only relocation is that of an init array of one element, on machines that use this
 * instead of DT_INIT.
 *
 * <p>Layout: file header, program headers, hash tables, symbol and string table, code, all in one
 * segment that is read and executed; then the init array and the dynamic section in a segment of
 * their own, since dynamic linkers write to them; then the parts that are not loaded.
 */
public final class CodeFile {
  private static final int ET_DYN = 3;
  private static final int EV_CURRENT = 1;
  private static final long READ_WRITE = ProgramHeader.PF_R | ProgramHeader.PF_W;
  private static final int SEGMENTS = 4;

  /** Indices of sections: none, .hash, .gnu.hash, .dynsym, .dynstr. */
  private static final int DYNSYM = 3;

  private static final int DYNSTR = 4;

  /** Where the flags are in the header before the code, in bytes. */
  private static final int FLAGS = 12;

  /** The built-in policy as text; empty without one. */
  static final String POLICY_SECTION = ".policy.hardwire";

  private final Target machine;
  private final ElfClass elfClass;
  private final FileHeader encoding;
  private final ByteWriter file;
  private final List<Section> sections = new ArrayList<>();
  private final ByteWriter names;

  private CodeFile(Target machine) {
    this.machine = machine;
    this.elfClass = machine.elfClass();
    this.encoding =
        new FileHeader(elfClass, machine.order(), ET_DYN, machine.code(), 0, 0, 0, 0, 0, 0);
    this.file = new ByteWriter(machine.order());
    this.names = new ByteWriter(machine.order());
  }

  /**
   * A shared object.
   *
   * @param soname DT_SONAME
   * @param policy text for a section that is not loaded
   * @param code what is executed, with everything that it reads
   * @param init offset in {@code code} of the function that the dynamic linker calls
   */
  public static Bytes library(Target machine, String soname, String policy, Bytes code, long init) {
    return new CodeFile(machine).write(Optional.of(soname), policy, code, init);
  }

  /**
   * A static position-independent executable.
   *
   * @param policy text for a section that is not loaded
   * @param code what is executed, with everything that it reads
   * @param entry offset in {@code code} where the kernel starts it
   */
  public static Bytes program(Target machine, String policy, Bytes code, long entry) {
    return new CodeFile(machine).write(Optional.empty(), policy, code, entry);
  }

  private Bytes write(Optional<String> soname, String policy, Bytes code, long start) {
    ByteWriter strings = new ByteWriter(machine.order()).u8(0);
    soname.ifPresent(name -> strings.bytes((name + "\0").getBytes(StandardCharsets.UTF_8)));
    add("", 0, 0, 0, 0, 0, 0, 0, 0);
    file.zeros(elfClass.fileHeaderSize() + SEGMENTS * elfClass.programHeaderSize());
    ByteWriter tables = new ByteWriter(machine.order());
    addTables(tables, strings.toBytes());
    Section text =
        loaded(
            ".text",
            Section.SHT_PROGBITS,
            Section.SHF_EXECINSTR,
            code,
            machine.codeAlignment(),
            0,
            0,
            0);
    final long function = text.addr() + start;

    ByteWriter dynamic = new ByteWriter(machine.order());
    if (soname.isEmpty()) {
      entry(dynamic, DynamicTag.FLAGS_1, DynamicTag.DF_1_PIE);
    } else {
      entry(dynamic, DynamicTag.SONAME, 1);
      if (machine.runsInit()) {
        entry(dynamic, DynamicTag.INIT, function);
      } else {
        addRelocation(dynamic, function);
      }
    }
    final long codeEnd = file.size();
    file.align(2 * elfClass.wordSize());
    final long writable = file.size();
    if (soname.isPresent() && !machine.runsInit()) {
      addInitArray(function);
    }
    dynamic.bytes(tables.toBytes());
    entry(dynamic, DynamicTag.NULL, 0);
    long entrySize = elfClass.dynamicSize();
    Section dynamicSection = writable(".dynamic", Section.SHT_DYNAMIC, dynamic, DYNSTR, entrySize);
    Bytes text8 = Bytes.wrap(policy.getBytes(StandardCharsets.UTF_8));
    final long end = file.size();
    add(POLICY_SECTION, Section.SHT_PROGBITS, 0, 0, text8.size(), 0, 1, 0, 0);
    file.bytes(text8);
    long sectionTable = finishSections();

    List<ProgramHeader> segments = new ArrayList<>();
    segments.add(segment(ProgramHeader.PF_R | ProgramHeader.PF_X, 0, 0, codeEnd));
    segments.add(segment(READ_WRITE, writable, writable + distance(), end - writable));
    segments.add(of(SegmentType.DYNAMIC, dynamicSection, READ_WRITE));
    segments.add(new ProgramHeader(SegmentType.GNU_STACK, READ_WRITE, 0, 0, 0, 0, 0, 16));
    return withHeaders(segments, soname.isPresent() ? 0 : function, sectionTable);
  }

  /**
   * Difference between address and file offset of the writable segment: the next page in memory,
   * without a gap in the file.
   */
  private long distance() {
    return machine.pageSize();
  }

  /** The tables that dynamic linkers require, all empty except the strings. */
  private void addTables(ByteWriter dynamic, Bytes strings) {
    int word = elfClass.wordSize();
    int symbolSize = elfClass.symbolSize();
    Bytes noSymbol = Bytes.copyOf(new byte[symbolSize]);
    int sysv = machine.hashEntrySize();
    int gnu = elfClass == ElfClass.CLASS32 ? Integer.BYTES : 0; // entries of 64-bit files differ
    Section hash = loaded(".hash", Section.SHT_HASH, 0, noSymbols(), word, DYNSYM, sysv, 0);
    Section gnuHash =
        loaded(".gnu.hash", Section.SHT_GNU_HASH, 0, noGnuSymbols(), word, DYNSYM, gnu, 0);
    Section symbols =
        loaded(".dynsym", Section.SHT_DYNSYM, 0, noSymbol, word, DYNSTR, symbolSize, 1);
    Section stringTable = loaded(".dynstr", Section.SHT_STRTAB, 0, strings, 1, 0, 0, 0);
    entry(dynamic, DynamicTag.HASH, hash.addr());
    entry(dynamic, DynamicTag.GNU_HASH, gnuHash.addr());
    entry(dynamic, DynamicTag.STRTAB, stringTable.addr());
    entry(dynamic, DynamicTag.SYMTAB, symbols.addr());
    entry(dynamic, DynamicTag.STRSZ, strings.size());
    entry(dynamic, DynamicTag.SYMENT, symbolSize);
  }

  /** The one relocation, of the element that {@link #addInitArray} adds next. */
  private void addRelocation(ByteWriter dynamic, long function) {
    int word = elfClass.wordSize();
    boolean addend =
        elfClass == ElfClass.CLASS64; // the psABIs of the supported 32-bit machines use REL
    int size = addend ? elfClass.relaSize() : elfClass.relSize();
    file.align(word);
    long unit = 2L * word;
    long place = ((long) file.size() + size + unit - 1) / unit * unit + distance();
    ByteWriter entry = new ByteWriter(machine.order());
    entry.bytes(encoding.word(place)).bytes(encoding.word(machine.relativeType()));
    if (addend) {
      entry.bytes(encoding.word(function));
    }
    Section section =
        loaded(
            addend ? ".rela.dyn" : ".rel.dyn",
            addend ? Section.SHT_RELA : Section.SHT_REL,
            0,
            entry.toBytes(),
            word,
            DYNSYM,
            size,
            0);
    entry(dynamic, addend ? DynamicTag.RELA : DynamicTag.REL, section.addr());
    entry(dynamic, addend ? DynamicTag.RELASZ : DynamicTag.RELSZ, size);
    entry(dynamic, addend ? DynamicTag.RELAENT : DynamicTag.RELENT, size);
    entry(dynamic, DynamicTag.INIT_ARRAY, place);
    entry(dynamic, DynamicTag.INIT_ARRAYSZ, word);
  }

  private void addInitArray(long function) {
    int word = elfClass.wordSize();
    ByteWriter array = new ByteWriter(machine.order()).bytes(encoding.word(function));
    writable(".init_array", Section.SHT_INIT_ARRAY, array, 0, word);
    file.align(2 * word);
  }

  private Section writable(String name, long type, ByteWriter bytes, int link, long entrySize) {
    long flags = Section.SHF_ALLOC | Section.SHF_WRITE;
    int align = elfClass.wordSize();
    long address = file.size() + distance();
    Section section =
        add(name, type, flags, address, bytes.size(), link, align, (int) entrySize, 0);
    file.bytes(bytes.toBytes());
    return section;
  }

  private void entry(ByteWriter dynamic, long tag, long value) {
    dynamic.bytes(encoding.word(tag)).bytes(encoding.word(value));
  }

  private Section loaded(
      String name, long type, long flags, Bytes bytes, int align, int link, int entry, int info) {
    file.align(align);
    long alloc = Section.SHF_ALLOC | flags;
    Section section = add(name, type, alloc, file.size(), bytes.size(), link, align, entry, info);
    file.bytes(bytes);
    return section;
  }

  /** Adds a section header for the next part of the file. */
  private Section add(
      String name,
      long type,
      long flags,
      long address,
      long size,
      int link,
      int align,
      int entry,
      int info) {
    long offset = type == 0 ? 0 : file.size();
    Section section =
        new Section(
            sections.size(),
            name,
            names.size(),
            type,
            flags,
            address,
            offset,
            size,
            link,
            info,
            align,
            entry);
    names.bytes((name + "\0").getBytes(StandardCharsets.US_ASCII));
    sections.add(section);
    return section;
  }

  /** Writes the section names and the section header table; returns the table's file offset. */
  private long finishSections() {
    long size = names.size() + ".shstrtab".length() + 1L;
    add(".shstrtab", Section.SHT_STRTAB, 0, 0, size, 0, 1, 0, 0);
    file.bytes(names.toBytes()).align(elfClass.wordSize());
    long table = file.size();
    sections.forEach(section -> section.write(file, encoding));
    return table;
  }

  private ProgramHeader segment(long flags, long offset, long address, long size) {
    return new ProgramHeader(
        SegmentType.LOAD, flags, offset, address, address, size, size, machine.pageSize());
  }

  private static ProgramHeader of(long type, Section section, long flags) {
    return new ProgramHeader(
        type,
        flags,
        section.offset(),
        section.addr(),
        section.addr(),
        section.size(),
        section.size(),
        section.addralign());
  }

  private Bytes withHeaders(List<ProgramHeader> segments, long entry, long sectionTable) {
    ByteWriter head = new ByteWriter(machine.order());
    int data = machine.order() == java.nio.ByteOrder.LITTLE_ENDIAN ? 1 : 2;
    head.u8(0x7f).u8('E').u8('L').u8('F').u8(elfClass.code()).u8(data).u8(EV_CURRENT).zeros(9);
    head.u16(ET_DYN).u16(machine.code()).u32(EV_CURRENT);
    head.bytes(encoding.word(entry));
    head.bytes(encoding.word(elfClass.fileHeaderSize())).bytes(encoding.word(sectionTable));
    head.u32(machine.flags()).u16(elfClass.fileHeaderSize());
    head.u16(elfClass.programHeaderSize()).u16(segments.size());
    head.u16(elfClass.sectionHeaderSize()).u16(sections.size()).u16(sections.size() - 1);
    segments.forEach(segment -> segment.write(head, encoding));
    Bytes whole = file.toBytes();
    return head.bytes(whole.slice(head.size(), whole.size() - head.size())).toBytes();
  }

  /**
   * DT_HASH of a file that defines no symbol: one bucket, and only the chain of the null symbol
   * (gABI, Hash Table).
   */
  private Bytes noSymbols() {
    ByteWriter writer = new ByteWriter(machine.order());
    for (int entry : new int[] {1, 1, 0, 0}) {
      if (machine.hashEntrySize() == Long.BYTES) {
        writer.u64(entry);
      } else {
        writer.u32(entry);
      }
    }
    return writer.toBytes();
  }

  /**
   * DT_GNU_HASH of such a file: one bucket, symbols from index 1 on, one word of a Bloom filter
   * that rejects every symbol.
   */
  private Bytes noGnuSymbols() {
    ByteWriter writer = new ByteWriter(machine.order()).u32(1).u32(1).u32(1).u32(0);
    return writer.zeros(elfClass.wordSize()).u32(0).toBytes();
  }

  /** Sets the flags in the header before the code; {@code stub-asm/hardwire.h} defines them. */
  static Bytes withFlags(Bytes blob, Target machine, int flags) {
    Bytes word = new ByteWriter(machine.order()).u32(flags).toBytes();
    return blob.withChanges(List.of(new Change(FLAGS, word)));
  }
}
