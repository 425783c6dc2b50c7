package dev.hardwire.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Hook;
import dev.hardwire.testing.ElfBuilder;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tables of more entries than any program has take neither memory nor time for each of them. */
@Timeout(30)
class LargeTableTest {
  private static final int PAGE = 0x1000;
  private static final int CODE = 0x200;
  private static final int INTERPRETER = 0x220;
  private static final int SYMBOLS = 0x280;
  private static final int DYNAMIC = 0x300;
  private static final int TABLE = PAGE;
  private static final int MANY = 20_000;
  private static final long COPY = 5;
  private static final String LINKER = "/lib64/ld-linux-x86-64.so.2\0";

  /** A program with one large table; the entries of its dynamic section say what that is. */
  private static ElfBuilder program(Bytes table, long... dynamic) {
    ElfBuilder elf = new ElfBuilder(ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN, 3, 62).entry(CODE);
    long end = TABLE + table.size();
    if (dynamic.length > 0) {
      int headers = 5 * ElfClass.CLASS64.programHeaderSize();
      elf.segment(6, 4, 64, 64, headers, headers, 8);
    }
    elf.segment(3, 4, INTERPRETER, INTERPRETER, LINKER.length(), LINKER.length(), 1);
    elf.segment(1, 5, 0, 0, PAGE, PAGE, PAGE);
    elf.segment(1, 6, TABLE, TABLE, table.size(), table.size(), PAGE);
    elf.section(".text", 1, 6, CODE, CODE, Bytes.wrap(new byte[16]));
    byte[] linker = LINKER.getBytes(StandardCharsets.US_ASCII);
    elf.section(".interp", 1, 2, INTERPRETER, INTERPRETER, Bytes.wrap(linker));
    ByteWriter symbols = elf.writer().zeros(24).u32(0).u32(0x11).u64(end).u64(8);
    elf.section(".dynsym", 11, 2, SYMBOLS, SYMBOLS, symbols.toBytes());
    elf.section(".table", 1, 3, TABLE, TABLE, table);
    if (dynamic.length > 0) {
      ByteWriter entries = elf.writer();
      for (long word : dynamic) {
        entries.u64(word);
      }
      entries.u64(DynamicTag.SYMTAB).u64(SYMBOLS).u64(DynamicTag.FLAGS_1).u64(DynamicTag.DF_1_PIE);
      Bytes content = entries.zeros(16).toBytes();
      elf.segment(2, 4, DYNAMIC, DYNAMIC, content.size(), content.size(), 8);
      elf.section(".dynamic", 6, 2, DYNAMIC, DYNAMIC, content);
    }
    return elf;
  }

  private static Bytes repeated(int count, long... words) {
    ByteWriter writer = new ByteWriter(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      for (long word : words) {
        writer.u64(word);
      }
    }
    return writer.toBytes();
  }

  private static void refused(Bytes file, Refusal refusal, String field) {
    ElfFormatException e =
        catchThrowableOfType(
            ElfFormatException.class, () -> Patching.patch(ElfFile.parse(file), Hook.ENTRY));
    assertThat(e).isNotNull();
    assertThat(e.refusal()).as(e.getMessage()).isEqualTo(refusal);
    assertThat(e.field()).isEqualTo(field);
  }

  @Test
  void manyDynamicEntriesAreRefused() {
    Bytes table = repeated(MANY, DynamicTag.NEEDED, 1);
    ElfBuilder elf = program(table).segment(2, 6, TABLE, TABLE, table.size(), table.size(), 8);
    refused(elf.build(), Refusal.TOO_LARGE, "PT_DYNAMIC");
  }

  @Test
  void manyNotesAreRefused() {
    Bytes table = repeated(MANY, 4, 1L << 32 | 1); // a name of four bytes, no descriptor
    ElfBuilder elf = program(table);
    elf.segment(4, 4, TABLE, TABLE, table.size(), table.size(), 4);
    refused(elf.build(), Refusal.TOO_LARGE, "PT_NOTE");
  }

  @Test
  void manyCopyRelocationsAreRefused() {
    Bytes table = repeated(MANY, TABLE, 1L << 32 | COPY, 0);
    long[] dynamic = {DynamicTag.RELA, TABLE, DynamicTag.RELASZ, table.size()};
    refused(program(table, dynamic).build(), Refusal.TOO_LARGE, "r_info");
  }

  @Test
  void manyPlacesOfPackedRelocationsAreFoundWithoutAllOfThem() {
    Bytes table = repeated(1 << 17, TABLE, -1);
    long[] dynamic = {DynamicTag.RELR, TABLE, DynamicTag.RELRSZ, table.size()};
    ElfFile elf = ElfFile.parse(program(table, dynamic).build());
    List<Relocation> found = elf.relocations().touching(TABLE, table.size());
    assertThat(found).hasSizeBetween(1, 100);
    assertThat(found.get(0).address()).isEqualTo(TABLE);
    assertThat(elf.relocations().touching(TABLE + 64 * 8, 8)).isEmpty();
    refused(elf.bytes(), Refusal.BAD_RELOCATIONS, "r_offset"); // they change themselves
  }

  @Test
  void packedRelocationsOutsideTheAddressSpaceAreRefused() {
    Bytes table = repeated(1, -2);
    long[] dynamic = {DynamicTag.RELR, TABLE, DynamicTag.RELRSZ, table.size()};
    refused(program(table, dynamic).build(), Refusal.BAD_RELOCATIONS, "DT_RELR");
  }

  @Test
  void namesWithoutEndAreRefused() {
    byte[] names = new byte[MANY];
    java.util.Arrays.fill(names, 0, MANY - 1, (byte) 'x');
    ElfBuilder elf = program(Bytes.wrap(new byte[16]));
    elf.section(
        new String(names, StandardCharsets.US_ASCII).trim(),
        1,
        0,
        0,
        TABLE,
        Bytes.wrap(new byte[1]));
    refused(elf.build(), Refusal.BAD_SECTIONS, "sh_name");
  }

  @Test
  void tablesThatOverlapAreRefused() {
    Bytes table = repeated(1000, 0, 0, 0);
    ElfBuilder symbols = program(table);
    ElfBuilder relocations = program(table);
    for (int i = 0; i < 100; i++) {
      symbols.section(".symtab" + i, 2, 0, 0, TABLE, table, 3, 0, 8, 24);
      relocations.section(".rela" + i, 4, 2, TABLE, TABLE, table, 3, 0, 8, 24);
    }
    refused(symbols.build(), Refusal.BAD_SECTIONS, "sh_size");
    refused(relocations.build(), Refusal.BAD_RELOCATIONS, "sh_size");
  }
}
