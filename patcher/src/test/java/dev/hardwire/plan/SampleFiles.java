package dev.hardwire.plan;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.FileHeader;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Files for the golden plans, each with what makes the planner decide one way. */
final class SampleFiles {
  private static final long R = 4;
  private static final long RX = 5;
  private static final long RW = 6;
  private static final long RELA = 4;
  private static final long RELR = 19;
  private static final long INIT_ARRAY = Section.SHT_INIT_ARRAY;
  private static final long BASE = 0x40_0000;
  private static final Bytes STRINGS = text("\0__libc_start_main\0libc.so.6\0");
  private static final int DYNAMIC_SIZE = 9 * 16;

  private SampleFiles() {}

  private static Bytes text(String text) {
    return Bytes.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static ByteWriter writer() {
    return new ByteWriter(ByteOrder.LITTLE_ENDIAN);
  }

  /** A note with four bytes in its descriptor for each letter. */
  static Bytes note(long type, String letters) {
    ByteWriter writer = writer().u32(4).u32(4L * letters.length()).u32(type).bytes(text("GNU\0"));
    letters.chars().forEach(letter -> writer.u32(letter));
    return writer.toBytes();
  }

  private static Bytes words(long... values) {
    ByteWriter writer = writer();
    for (long value : values) {
      writer.u64(value);
    }
    return writer.toBytes();
  }

  private static Bytes code() {
    return Bytes.wrap(new byte[64]);
  }

  /** Adds .text, .init_array, .dynamic and the segments for them: four program headers. */
  private static ElfBuilder program(ElfBuilder elf, long relocationTag, long inPlace) {
    elf.load(RX).section(".text", Section.SHT_PROGBITS, 16, code());
    elf.load(RW);
    long target = elf.find(".text").addr() + 16;
    long word = inPlace < 0 ? target : inPlace;
    elf.section(".init_array", INIT_ARRAY, 8, words(word, word == 0 ? 0 : word + 16));
    elf.section(
        ".dynamic", Section.SHT_DYNAMIC, 8, DYNAMIC_SIZE, () -> dynamic(elf, relocationTag));
    elf.segment(SegmentType.DYNAMIC, RW, 8, ".dynamic", ".dynamic").entry(".text");
    return elf.stack();
  }

  private static Bytes dynamic(ElfBuilder elf, long relocationTag) {
    boolean relr = relocationTag == DynamicTag.RELR;
    String relocations = relr ? ".relr.dyn" : ".rela.dyn";
    return words(
        DynamicTag.FLAGS_1,
        DynamicTag.DF_1_PIE,
        DynamicTag.STRTAB,
        elf.find(".dynstr").addr(),
        DynamicTag.STRSZ,
        STRINGS.size(),
        DynamicTag.SYMTAB,
        elf.find(".dynsym").addr(),
        relocationTag,
        elf.find(relocations).addr(),
        relr ? DynamicTag.RELRSZ : DynamicTag.RELASZ,
        elf.find(relocations).size(),
        DynamicTag.INIT_ARRAY,
        elf.find(".init_array").addr(),
        DynamicTag.INIT_ARRAYSZ,
        16,
        DynamicTag.NULL,
        0);
  }

  /** Relocations for the two elements of the init array. */
  private static Bytes rela(ElfBuilder elf) {
    long array = elf.find(".init_array").addr();
    long text = elf.find(".text").addr();
    return words(array, 8, text + 16, array + 8, 8, text + 32);
  }

  private static ElfBuilder interp(ElfBuilder elf) {
    return elf.section(".interp", Section.SHT_PROGBITS, 1, text("/lib/ld.so\0"));
  }

  private static ElfBuilder notes(ElfBuilder elf) {
    elf.section(".note.gnu.property", Section.SHT_NOTE, 8, note(5, "pqrs"));
    return elf.section(".note.gnu.build-id", Section.SHT_NOTE, 4, note(3, "abcde"));
  }

  private static ElfBuilder tables(ElfBuilder elf) {
    elf.section(".gnu.hash", Section.SHT_GNU_HASH, 8, words(1, 2, 3, 4, 5));
    elf.section(".dynsym", Section.SHT_DYNSYM, 8, Bytes.wrap(new byte[24]));
    return elf.section(".dynstr", Section.SHT_STRTAB, 1, STRINGS);
  }

  private static ElfBuilder relocations(ElfBuilder elf) {
    return elf.section(".rela.dyn", RELA, 8, 48, () -> rela(elf));
  }

  private static ElfBuilder pie(int entries) {
    return new ElfBuilder(FileHeader.ET_DYN, entries, 0).load(R);
  }

  /** Layout a: a PT_NOTE repeats PT_GNU_PROPERTY. */
  static Bytes duplicateNote() {
    ElfBuilder elf = relocations(tables(notes(interp(pie(10)))));
    program(elf, DynamicTag.RELA, 0).phdr();
    elf.segment(SegmentType.INTERP, R, 1, ".interp", ".interp");
    elf.segment(SegmentType.NOTE, R, 8, ".note.gnu.property", ".note.gnu.property");
    elf.segment(SegmentType.NOTE, R, 4, ".note.gnu.build-id", ".note.gnu.build-id");
    elf.segment(SegmentType.GNU_PROPERTY, R, 8, ".note.gnu.property", ".note.gnu.property");
    return elf.build();
  }

  /** Layout b: .interp and the notes stand behind the table. */
  static Bytes movingInterp() {
    ElfBuilder elf = relocations(tables(notes(interp(pie(8)))));
    program(elf, DynamicTag.RELA, 0).phdr();
    elf.segment(SegmentType.INTERP, R, 1, ".interp", ".interp");
    elf.segment(SegmentType.NOTE, R, 8, ".note.gnu.property", ".note.gnu.build-id");
    return elf.build();
  }

  /** Layout c: tables of the dynamic linker stand behind the table, .interp far from it. */
  static Bytes movingTables() {
    ElfBuilder elf = interp(notes(relocations(tables(pie(8)))));
    program(elf, DynamicTag.RELA, 0).phdr();
    elf.segment(SegmentType.INTERP, R, 1, ".interp", ".interp");
    elf.segment(SegmentType.NOTE, R, 8, ".note.gnu.property", ".note.gnu.build-id");
    return elf.build();
  }

  /** Layout c as well: without a PT_NOTE the table needs two more entries. */
  static Bytes withoutNotes() {
    ElfBuilder elf = relocations(tables(interp(pie(7))));
    program(elf, DynamicTag.RELA, 0).phdr();
    return elf.segment(SegmentType.INTERP, R, 1, ".interp", ".interp").build();
  }

  /** Layout b, with symbols in the sections that move and in one that stays. */
  static Bytes symbolsOfMovedSections() {
    ElfBuilder elf = relocations(tables(notes(interp(pie(8)))));
    program(elf, DynamicTag.RELA, 0).phdr();
    elf.segment(SegmentType.INTERP, R, 1, ".interp", ".interp");
    elf.segment(SegmentType.NOTE, R, 8, ".note.gnu.property", ".note.gnu.build-id");
    ByteWriter symbols = writer().zeros(24);
    for (String name : new String[] {".interp", ".note.gnu.build-id", ".text"}) {
      Section section = elf.find(name);
      symbols.u32(1).u8(3).u8(0).u16(section.index()).u64(section.addr()).u64(0);
    }
    elf.unloaded(".symtab", Section.SHT_SYMTAB, 8, symbols.toBytes());
    return elf.unloaded(".strtab", Section.SHT_STRTAB, 1, text("\0symbol\0")).build();
  }

  /** The first PT_LOAD holds only the headers and has to grow with them. */
  static Bytes growingFirstLoad() {
    ElfBuilder elf = relocations(tables(notes(interp(pie(8).load(R)))));
    return program(elf, DynamicTag.RELA, 0)
        .segment(SegmentType.INTERP, R, 1, ".interp", ".interp")
        .segment(SegmentType.NOTE, R, 8, ".note.gnu.property", ".note.gnu.build-id")
        .build();
  }

  /** Fallback A: relocations stand behind the table. */
  static Bytes blockedByRelocations() {
    ElfBuilder elf = tables(interp(notes(relocations(pie(8)))));
    program(elf, DynamicTag.RELA, 0).phdr();
    elf.segment(SegmentType.INTERP, R, 1, ".interp", ".interp");
    elf.segment(SegmentType.NOTE, R, 8, ".note.gnu.property", ".note.gnu.build-id");
    return elf.build();
  }

  /** Fallback A: nothing tells what stands behind the table, and the bss leaves a hole. */
  static Bytes withoutSectionsLargeBss() {
    ElfBuilder elf = relocations(tables(notes(interp(pie(8)))));
    program(elf, DynamicTag.RELA, 0).bss(1 << 20).phdr();
    elf.segment(SegmentType.INTERP, R, 1, ".interp", ".interp");
    elf.segment(SegmentType.NOTE, R, 8, ".note.gnu.property", ".note.gnu.build-id");
    return elf.withoutSections().build();
  }

  /** Fallback A: the first PT_LOAD is not mapped at 0. */
  static Bytes withoutSectionsNonZeroBase() {
    ElfBuilder elf = new ElfBuilder(FileHeader.ET_EXEC, 5, BASE).load(R);
    elf.section(".note.gnu.build-id", Section.SHT_NOTE, 4, note(3, "abcde"));
    elf.load(RX).section(".text", Section.SHT_PROGBITS, 16, code()).entry(".text");
    elf.load(RW).section(".data", Section.SHT_PROGBITS, 8, words(1, 2)).bss(64).stack();
    elf.segment(SegmentType.NOTE, R, 4, ".note.gnu.build-id", ".note.gnu.build-id");
    return elf.withoutSections().build();
  }

  /** A static program: its init array is a section, its elements are words in the file. */
  static Bytes staticProgram() {
    ElfBuilder elf = new ElfBuilder(FileHeader.ET_EXEC, 5, BASE).load(R);
    elf.section(".note.gnu.build-id", Section.SHT_NOTE, 4, note(3, "abcde"));
    elf.load(RX).section(".text", Section.SHT_PROGBITS, 16, code()).entry(".text").load(RW);
    long text = elf.find(".text").addr();
    elf.section(".init_array", INIT_ARRAY, 8, words(text + 16, text + 32)).stack();
    elf.segment(SegmentType.NOTE, R, 4, ".note.gnu.build-id", ".note.gnu.build-id");
    return elf.build();
  }

  /** The init array holds words that packed relative relocations move. */
  static Bytes packedRelocations() {
    ElfBuilder elf = tables(notes(interp(pie(8))));
    elf.section(".relr.dyn", RELR, 8, 16, () -> words(elf.find(".init_array").addr(), 0b11));
    program(elf, DynamicTag.RELR, -1).phdr();
    elf.segment(SegmentType.INTERP, R, 1, ".interp", ".interp");
    elf.segment(SegmentType.NOTE, R, 8, ".note.gnu.property", ".note.gnu.build-id");
    return elf.build();
  }

  /** The words in the init array repeat the addends of their relocations. */
  static Bytes repeatedAddends() {
    ElfBuilder elf = relocations(tables(notes(interp(pie(8)))));
    program(elf, DynamicTag.RELA, -1).phdr();
    elf.segment(SegmentType.INTERP, R, 1, ".interp", ".interp");
    elf.segment(SegmentType.NOTE, R, 8, ".note.gnu.property", ".note.gnu.build-id");
    return elf.build();
  }
}
