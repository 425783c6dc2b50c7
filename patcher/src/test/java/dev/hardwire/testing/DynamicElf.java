package dev.hardwire.testing;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A small position-independent program of any architecture but x86-64, always the same bytes: an
 * interpreter, a build ID, an init array of two elements, and no code that runs. {@link SampleElf}
 * is for x86-64, where start code counts.
 */
public final class DynamicElf {
  private static final Map<Target, String> INTERPRETERS =
      Map.of(
          Target.I386, "/lib/ld-linux.so.2",
          Target.AARCH64, "/lib/ld-linux-aarch64.so.1",
          Target.ARM, "/lib/ld-linux-armhf.so.3",
          Target.RISCV64, "/lib/ld-linux-riscv64-lp64d.so.1",
          Target.PPC64LE, "/lib64/ld64.so.2",
          Target.S390X, "/lib/ld64.so.1",
          Target.LOONGARCH64, "/lib64/ld-linux-loongarch-lp64d.so.1");

  private static final String NAMES = "\0__libc_start_main\0libc.so.6\0";
  private static final int LIBRARY = 19;
  private static final int SEGMENTS = 7;
  private static final int PAGE = 0x1_0000;
  private static final int CODE = 32;

  private final Target machine;
  private final boolean rela;
  private final int word;
  private final ElfBuilder elf;
  private final Map<String, Integer> indices = new LinkedHashMap<>();
  private long cursor;
  private long shift;

  private DynamicElf(Target machine) {
    this.machine = machine;
    this.word = machine.elfClass().wordSize();
    this.rela = machine != Target.I386 && machine != Target.ARM;
    this.elf = new ElfBuilder(machine.elfClass(), machine.order(), 3, machine.code());
  }

  /** The program of an architecture. */
  public static Bytes of(Target machine) {
    return new DynamicElf(machine).build();
  }

  private Bytes build() {
    long table = machine.elfClass().fileHeaderSize();
    long size = (long) SEGMENTS * machine.elfClass().programHeaderSize();
    elf.flags(machine.flags());
    elf.segment(6, 4, table, table, size, size, word);
    cursor = table + size;
    Bytes path = text(INTERPRETERS.get(machine) + "\0");
    long interp = place(".interp", 1, 2, path, 0, 0, 1, 0);
    elf.segment(3, 4, interp, interp, path.size(), path.size(), 1);
    Bytes id =
        elf.writer()
            .u32(4)
            .u32(20)
            .u32(3)
            .bytes(text("GNU\0"))
            .bytes(text("a".repeat(20)))
            .toBytes();
    long note = place(".note.gnu.build-id", 7, 2, id, 0, 0, 4, 0);
    tables();
    long text = place(".text", 1, 6, Bytes.zeros(CODE), 0, 0, 16, 0);
    elf.segment(1, 5, 0, 0, cursor, cursor, PAGE);
    cursor = align(cursor);
    shift = PAGE;
    data(text);
    elf.segment(4, 4, note, note, id.size(), id.size(), 4);
    elf.segment(0x6474e551L, 6, 0, 0, 0, 0, 16);
    return elf.entry(text).build();
  }

  private long align(long at) {
    return (at + 15) & -16;
  }

  private long place(
      String name, long type, long flags, Bytes content, int link, int info, int align, int entry) {
    cursor = align(cursor);
    long address = cursor + shift;
    indices.put(
        name, elf.section(name, type, flags, address, cursor, content, link, info, align, entry));
    cursor += content.size();
    return address;
  }

  private void tables() {
    ByteWriter hash = elf.writer().u32(1).u32(2).u32(1).u32(0);
    elf.word(hash, 0);
    place(".gnu.hash", 0x6ffffff6L, 2, hash.u32(0).toBytes(), indices.size() + 2, 0, word, 0);
    int symbol = machine.elfClass().symbolSize();
    ByteWriter symbols = elf.writer().zeros(symbol).u32(1);
    if (machine.elfClass() == ElfClass.CLASS64) {
      symbols.u8(0x12).u8(0).u16(0).u64(0).u64(0);
    } else {
      symbols.u32(0).u32(0).u8(0x12).u8(0).u16(0);
    }
    place(".dynsym", 11, 2, symbols.toBytes(), indices.size() + 2, 1, word, symbol);
    place(".dynstr", 3, 2, text(NAMES), 0, 0, 1, 0);
    long table = align(cursor);
    long code = align(table + 2L * relocation());
    long array = align(code + CODE) + PAGE;
    ByteWriter relocations = elf.writer();
    for (int i = 0; i < 2; i++) {
      elf.word(relocations, array + (long) i * word);
      elf.word(relocations, machine.relativeType());
      if (rela) {
        elf.word(relocations, code + 16L * i);
      }
    }
    String name = rela ? ".rela.dyn" : ".rel.dyn";
    int link = indices.get(".dynsym");
    place(name, rela ? 4 : 9, 2, relocations.toBytes(), link, 0, word, relocation());
  }

  private int relocation() {
    return (rela ? 3 : 2) * word;
  }

  private void data(long code) {
    long start = cursor;
    ByteWriter words = elf.writer();
    elf.word(words, rela ? 0 : code);
    elf.word(words, rela ? 0 : code + 16);
    long array = place(".init_array", 14, 3, words.toBytes(), 0, 0, word, word);
    Bytes entries = dynamic(array);
    long at = place(".dynamic", 6, 3, entries, indices.get(".dynstr"), 0, word, 2 * word);
    elf.segment(1, 6, start, start + PAGE, cursor - start, cursor - start, PAGE);
    elf.segment(2, 6, at - PAGE, at, entries.size(), entries.size(), word);
  }

  private Bytes dynamic(long array) {
    ByteWriter writer = elf.writer();
    entry(writer, 1, LIBRARY);
    entry(writer, 25, array);
    entry(writer, 27, 2L * word);
    entry(writer, 0x6ffffef5L, addressOf(".gnu.hash"));
    entry(writer, 5, addressOf(".dynstr"));
    entry(writer, 6, addressOf(".dynsym"));
    entry(writer, 10, NAMES.length());
    entry(writer, 11, machine.elfClass().symbolSize());
    entry(writer, rela ? 7 : 17, addressOf(rela ? ".rela.dyn" : ".rel.dyn"));
    entry(writer, rela ? 8 : 18, 2L * relocation());
    entry(writer, rela ? 9 : 19, relocation());
    entry(writer, 0x6ffffffbL, 0x08000000L);
    entry(writer, 21, 0);
    for (int i = 0; i < 4; i++) {
      entry(writer, 0, 0);
    }
    return writer.toBytes();
  }

  private void entry(ByteWriter writer, long tag, long value) {
    elf.word(writer, tag);
    elf.word(writer, value);
  }

  private long addressOf(String name) {
    return elf.addressOf(indices.get(name));
  }

  private static Bytes text(String ascii) {
    return Bytes.wrap(ascii.getBytes(StandardCharsets.US_ASCII));
  }
}
