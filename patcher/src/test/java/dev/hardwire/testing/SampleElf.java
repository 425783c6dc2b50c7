package dev.hardwire.testing;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A small x86-64 executable of about 2 KB with all the tables that a linker makes, always the same
 * bytes for the same settings. Without settings it is a PIE with an interpreter, a property note, a
 * build ID, an init array of two elements and RELA relocations.
 */
public final class SampleElf {
  /** What sets the elements of the init array. */
  public enum Relocations {
    /** R_X86_64_RELATIVE with the value as the addend. */
    RELA,
    /** Packed relocations; the values are the words in place. */
    RELR,
    /** None; the values are the words in place. */
    NONE
  }

  private static final int ENTRY_SIZE = 56;
  private static final long TEXT = 1;
  private static final long DATA = 2;
  private static final int FUNCTION = 16;
  private static final int PAGE = 0x1000;

  private boolean pie = true;
  private boolean interpreter = true;
  private boolean dynamic = true;
  private boolean property = true;
  private boolean buildId = true;
  private boolean preinit;
  private boolean initArray = true;
  private boolean sections = true;
  private boolean headersAlone;
  private boolean repeated;
  private Relocations relocations = Relocations.RELA;
  private String startFunction = "__libc_start_main";
  private String imported = "";
  private long base;
  private long bss;
  private long gap;

  private final Map<String, Integer> indices = new LinkedHashMap<>();
  private ElfBuilder elf;
  private long cursor;
  private long shift;
  private long got;

  /** Position-dependent, linked to {@code address}, without relocations. */
  public SampleElf fixed(long address) {
    pie = false;
    base = address;
    relocations = Relocations.NONE;
    return this;
  }

  /** The first address of a position-independent file, usually 0. */
  public SampleElf base(long address) {
    base = address;
    return this;
  }

  /** Neither interpreter nor dynamic section. */
  public SampleElf isStatic() {
    interpreter = false;
    dynamic = false;
    return this;
  }

  public SampleElf withoutInterpreter() {
    interpreter = false;
    return this;
  }

  public SampleElf withoutProperty() {
    property = false;
    return this;
  }

  public SampleElf withoutBuildId() {
    buildId = false;
    return this;
  }

  public SampleElf withoutInitArray() {
    initArray = false;
    relocations = Relocations.NONE;
    return this;
  }

  public SampleElf withoutSections() {
    sections = false;
    return this;
  }

  public SampleElf relocations(Relocations kind) {
    relocations = kind;
    return this;
  }

  public SampleElf preinit() {
    preinit = true;
    return this;
  }

  /** The function that the start code calls. */
  public SampleElf startFunction(String name) {
    startFunction = name;
    return this;
  }

  /** A function of a library with a PLT entry; of programs with an interpreter. */
  public SampleElf imports(String name) {
    imported = name;
    return this;
  }

  public SampleElf bss(long size) {
    bss = size;
    return this;
  }

  /** The words in the init array are the addends of its relocations once more. */
  public SampleElf repeatedAddends() {
    repeated = true;
    return this;
  }

  /** The first PT_LOAD holds the headers and nothing else. */
  public SampleElf headersAlone() {
    headersAlone = true;
    return this;
  }

  /** Unused bytes behind the program header table. */
  public SampleElf gap(long size) {
    gap = size;
    return this;
  }

  public Bytes build() {
    indices.clear();
    elf = new ElfBuilder(ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN, pie ? 3 : 2, 62);
    long entries = 3L + bit(headersAlone) + 2L * bit(interpreter) + bit(dynamic);
    entries += 2L * bit(property) + bit(buildId);
    cursor = 64 + entries * ENTRY_SIZE + gap;
    shift = base;
    if (interpreter) {
      elf.segment(6, 4, 64, base + 64, entries * ENTRY_SIZE, entries * ENTRY_SIZE, 8);
    }
    if (headersAlone) {
      elf.segment(TEXT, 4, 0, base, cursor, cursor, PAGE);
      cursor = PAGE;
    }
    head();
    long text = dynamicTables();
    long textEnd = cursor;
    cursor = (cursor + 7) & -8;
    long dataStart = cursor;
    shift = base + ((textEnd + 0xfff) & -0x1000) - (dataStart & -0x1000);
    data(dataStart);
    elf.segment(0x6474e551L, 6, 0, 0, 0, 0, 16);
    symbols(text);
    if (!sections) {
      elf.withoutSectionHeaders();
    }
    return elf.entry(text).build();
  }

  private static int bit(boolean set) {
    return set ? 1 : 0;
  }

  private long place(String name, long type, long flags, Bytes content) {
    return place(name, type, flags, content, 0, 0, 8, 0);
  }

  private long place(
      String name,
      long type,
      long flags,
      Bytes content,
      long link,
      long info,
      long align,
      long entsize) {
    cursor = (cursor + 7) & -8;
    long address = cursor + shift;
    indices.put(
        name, elf.section(name, type, flags, address, cursor, content, link, info, align, entsize));
    cursor += content.size();
    return address;
  }

  private void head() {
    if (interpreter) {
      Bytes path = text("/lib/ld-musl-x86_64.so.1\0");
      long at = place(".interp", 1, 2, path, 0, 0, 1, 0);
      elf.segment(3, 4, at - shift, at, path.size(), path.size(), 1);
    }
    if (property) {
      Bytes note = note(5, "GNU\0", elf.writer().u32(0xc0000002L).u32(4).u32(3).u32(0).toBytes());
      long at = place(".note.gnu.property", 7, 2, note);
      elf.segment(4, 4, at - shift, at, note.size(), note.size(), 8);
      elf.segment(0x6474e553L, 4, at - shift, at, note.size(), note.size(), 8);
    }
    if (buildId) {
      Bytes note = note(3, "GNU\0", text("0123456789abcdefghij"));
      long at = place(".note.gnu.build-id", 7, 2, note, 0, 0, 4, 0);
      elf.segment(4, 4, at - shift, at, note.size(), note.size(), 4);
    }
  }

  /** Returns the address of the code. */
  private long dynamicTables() {
    if (dynamic) {
      Bytes hash = elf.writer().u32(1).u32(2).u32(1).u32(0).u64(0).u32(0).toBytes();
      place(".gnu.hash", 0x6ffffff6L, 2, hash, indices.size() + 2, 0, 8, 0);
      String strings = "\0" + startFunction + "\0build_id\0libc.so\0";
      Bytes names = text(imported.isEmpty() ? strings : strings + imported + "\0");
      ByteWriter table = elf.writer().zeros(24);
      symbol(table, 1, 0x12, 0, 0);
      String holder = buildId ? ".note.gnu.build-id" : ".gnu.hash";
      symbol(table, 2 + startFunction.length(), 0x11, indices.get(holder), addressOf(holder));
      if (!imported.isEmpty()) {
        symbol(table, strings.length(), 0x12, 0, 0);
      }
      place(".dynsym", 11, 2, table.toBytes(), indices.size() + 2, 1, 8, 24);
      place(".dynstr", 3, 2, names, 0, 0, 1, 0);
      relocationTables();
    }
    // Two constructors that return, then a main that exits with status 7.
    ByteWriter code = elf.writer().u8(0xc3).align(FUNCTION).u8(0xc3).align(FUNCTION);
    code.u8(0xb8).u32(60).u8(0xbf).u32(7).u8(0x0f).u8(0x05).align(FUNCTION);
    long main = ((cursor + 7) & -8) + shift + 2 * FUNCTION;
    if (interpreter) {
      code.bytes(startCode(main)).align(FUNCTION);
    }
    if (!imported.isEmpty()) {
      long jump = ((cursor + 7) & -8) + shift + code.size();
      code.bytes(hex("ff25")).u32((got + 8 - (jump + 6)) & 0xffff_ffffL).align(FUNCTION);
    }
    place(".text", 1, 6, code.toBytes());
    long start = headersAlone ? PAGE : 0;
    elf.segment(TEXT, 5, start, base + start, cursor - start, cursor - start, PAGE);
    return main + (interpreter ? FUNCTION : 0);
  }

  /** As in musl's Scrt1.o, from main on: _start, and _start_c, which it calls. */
  private Bytes startCode(long main) {
    long start = main + FUNCTION;
    ByteWriter code = elf.writer().bytes(hex("4831ed4889e7488d35000000004883e4f0e800000000"));
    code.bytes(hex("8b37488d57084c8d05000000004531c9488d0d00000000488d3d"));
    code.u32(main - (start + 52) & 0xffff_ffffL);
    return code.bytes(hex("ff25")).u32(got - (start + 58) & 0xffff_ffffL).toBytes();
  }

  private static Bytes hex(String digits) {
    return Bytes.wrap(HexFormat.of().parseHex(digits));
  }

  private long relaSize() {
    return (relocations == Relocations.RELA ? 48L : 0L)
        + (interpreter ? 24L : 0L)
        + (imported.isEmpty() ? 0L : 24L);
  }

  private long addressOf(String name) {
    return elf.addressOf(indices.get(name));
  }

  private void relocationTables() {
    boolean packed = relocations == Relocations.RELR;
    long textAt = ((cursor + 7) & -8) + relaSize() + (packed ? 16 : 0);
    long textEnd = textAt + (bit(!imported.isEmpty()) + (interpreter ? 7L : 3L)) * FUNCTION;
    long dataOffset = (textEnd + 7) & -8;
    got = dataOffset + base + ((textEnd + 0xfff) & -0x1000) - (dataOffset & -0x1000);
    long array = got + (interpreter ? 8 : 0) + 8L * bit(!imported.isEmpty());
    ByteWriter table = elf.writer();
    if (relocations == Relocations.RELA) {
      table.u64(array).u64(8).u64(textAt + shift);
      table.u64(array + 8).u64(8).u64(textAt + shift + FUNCTION);
    }
    if (interpreter) {
      table.u64(got).u64(1L << 32 | 6).u64(0);
    }
    if (!imported.isEmpty()) {
      table.u64(got + 8).u64(3L << 32 | 6).u64(0);
    }
    if (relaSize() > 0) {
      place(".rela.dyn", 4, 2, table.toBytes(), indices.get(".dynsym"), 0, 8, 24);
    }
    if (packed) {
      Bytes words = elf.writer().u64(array).u64(3).toBytes();
      place(".relr.dyn", 19, 2, words, indices.get(".dynsym"), 0, 8, 8);
    }
  }

  private void data(long dataStart) {
    long first = addressOf(".text");
    boolean inPlace = repeated || relocations != Relocations.RELA;
    if (interpreter) {
      place(".got", 1, 3, Bytes.zeros(8L + 8L * bit(!imported.isEmpty())));
    }
    long array = cursor + shift;
    if (initArray) {
      Bytes words =
          elf.writer().u64(inPlace ? first : 0).u64(inPlace ? first + FUNCTION : 0).toBytes();
      array = place(".init_array", 14, 3, words);
    }
    if (preinit) {
      place(".preinit_array", 16, 3, elf.writer().u64(first).toBytes());
    }
    if (dynamic) {
      Bytes entries = dynamicSection(array);
      long at = place(".dynamic", 6, 3, entries, indices.get(".dynstr"), 0, 8, 16);
      elf.segment(DATA, 6, at - shift, at, entries.size(), entries.size(), 8);
    }
    long size = cursor - dataStart;
    if (bss > 0) {
      indices.put(".bss", elf.nobits(".bss", 3, cursor + shift, cursor, bss));
    }
    elf.segment(TEXT, 6, dataStart, dataStart + shift, size, size + bss, PAGE);
  }

  private Bytes dynamicSection(long array) {
    ByteWriter writer = elf.writer();
    if (interpreter) {
      writer.u64(1).u64(startFunction.length() + 11);
    }
    if (initArray) {
      writer.u64(25).u64(array).u64(27).u64(16);
    }
    if (preinit) {
      writer.u64(32).u64(addressOf(".preinit_array")).u64(33).u64(8);
    }
    writer.u64(0x6ffffef5L).u64(addressOf(".gnu.hash"));
    writer.u64(5).u64(addressOf(".dynstr"));
    writer.u64(6).u64(addressOf(".dynsym"));
    long more = imported.isEmpty() ? 0 : imported.length() + 1L;
    writer.u64(10).u64(startFunction.length() + 19 + more).u64(11).u64(24);
    if (relaSize() > 0) {
      writer.u64(7).u64(addressOf(".rela.dyn")).u64(8).u64(relaSize()).u64(9).u64(24);
    }
    if (relocations == Relocations.RELR) {
      writer.u64(36).u64(addressOf(".relr.dyn")).u64(35).u64(16).u64(37).u64(8);
    }
    if (pie) {
      writer.u64(0x6ffffffbL).u64(0x08000000L);
    }
    return writer.u64(21).u64(0).u64(0).u64(0).toBytes();
  }

  /** A section symbol for each section that is loaded, then two names. */
  private void symbols(long entry) {
    ByteWriter table = elf.writer().zeros(24);
    indices.forEach((name, index) -> symbol(table, 0, 3, index, elf.addressOf(index)));
    symbol(table, 1, 0x12, indices.get(".text"), entry);
    if (buildId) {
      symbol(table, 8, 0x11, indices.get(".note.gnu.build-id"), addressOf(".note.gnu.build-id"));
    }
    shift = 0;
    cursor = (cursor + 7) & -8;
    int strings = indices.size() + 2;
    long locals = indices.size() + 1L;
    elf.section(".symtab", 2, 0, 0, cursor, table.toBytes(), strings, locals, 8, 24);
    elf.section(".strtab", 3, 0, 0, cursor + table.size(), text("\0_start\0build_id\0"));
  }

  private static void symbol(ByteWriter table, long name, int info, int section, long value) {
    table.u32(name).u8(info).u8(0).u16(section).u64(value).u64(0);
  }

  private Bytes note(long type, String name, Bytes content) {
    ByteWriter writer = elf.writer().u32(name.length()).u32(content.size()).u32(type);
    return writer.bytes(text(name)).bytes(content).toBytes();
  }

  private static Bytes text(String ascii) {
    return Bytes.wrap(ascii.getBytes(StandardCharsets.US_ASCII));
  }
}
