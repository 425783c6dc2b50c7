package dev.hardwire.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.jelf.Elf;
import io.kaitai.struct.ByteBufferKaitaiStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Hand-made structures in both classes and byte orders, as the gABI lays them out. */
@Tag("system")
class GeneratedParserTest {
  private static final long HIGH32 = 0xf123_4567L;
  private static final long HIGH64 = 0xf123_4567_89ab_cdefL;

  static List<Arguments> kinds() {
    return List.of(
        Arguments.of(ElfClass.CLASS32, ByteOrder.LITTLE_ENDIAN),
        Arguments.of(ElfClass.CLASS32, ByteOrder.BIG_ENDIAN),
        Arguments.of(ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN),
        Arguments.of(ElfClass.CLASS64, ByteOrder.BIG_ENDIAN));
  }

  /** Writes addresses, offsets and sizes as wide as the class has them. */
  private record Maker(ElfClass elfClass, ByteWriter writer) {
    Maker(ElfClass elfClass, ByteOrder order) {
      this(elfClass, new ByteWriter(order));
    }

    boolean is64() {
      return elfClass == ElfClass.CLASS64;
    }

    long high() {
      return is64() ? HIGH64 : HIGH32;
    }

    Maker words(long... values) {
      for (long value : values) {
        if (is64()) {
          writer.u64(value);
        } else {
          writer.u32(value);
        }
      }
      return this;
    }

    /** A file header in which every field has a value of its own, the address the highest. */
    Bytes header() {
      boolean little = writer.order() == ByteOrder.LITTLE_ENDIAN;
      writer.bytes(new byte[] {0x7f, 'E', 'L', 'F', (byte) elfClass.code()});
      writer.u8(little ? 1 : 2).u8(1).u8(3).u8(4).zeros(7).u16(2).u16(0xf456).u32(1);
      words(high(), 52, 0x700).writer.u32(0x8000_0001L);
      writer.u16(elfClass.fileHeaderSize()).u16(elfClass.programHeaderSize()).u16(9);
      return writer.u16(elfClass.sectionHeaderSize()).u16(10).u16(11).toBytes();
    }
  }

  private static ByteBufferKaitaiStream stream(Bytes bytes) {
    return new ByteBufferKaitaiStream(bytes.toArray());
  }

  private static Elf root(ElfClass elfClass, ByteOrder order) {
    return new Elf(stream(new Maker(elfClass, order).header()));
  }

  private static boolean isLittle(ByteOrder order) {
    return order == ByteOrder.LITTLE_ENDIAN;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void fileHeader(ElfClass elfClass, ByteOrder order) {
    Maker maker = new Maker(elfClass, order);
    Bytes bytes = maker.header();
    assertThat(bytes.size()).isEqualTo(elfClass.fileHeaderSize());
    FileHeader header = HeaderChecks.checked(bytes).header();
    assertThat(header)
        .isEqualTo(new FileHeader(elfClass, order, 2, 0xf456, maker.high(), 52, 0x700, 9, 10, 11));
    assertThat(Target.of(header.machine(), header.elfClass(), header.order())).isEmpty();
    assertThatThrownBy(() -> ElfFile.parse(bytes))
        .isInstanceOf(ElfFormatException.class)
        .hasMessageContaining("no stub for machine %d, %s, %s".formatted(0xf456, elfClass, order));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void programHeader(ElfClass elfClass, ByteOrder order) {
    Maker maker = new Maker(elfClass, order);
    ProgramHeader header =
        new ProgramHeader(0x6474_e551L, 7, 1, maker.high(), maker.high() - 1, 4, 5, 0x1000);
    header.write(maker.writer(), root(order, elfClass));
    Bytes bytes = maker.writer().toBytes();
    assertThat(bytes.size()).isEqualTo(elfClass.programHeaderSize());
    assertThat(bytes.u32(elfClass == ElfClass.CLASS64 ? 4 : 24)).as("p_flags").isEqualTo(7);
    var raw =
        new Elf.Image.ProgramHeader(stream(bytes), null, root(elfClass, order), isLittle(order));
    assertThat(
            new ProgramHeader(
                raw.pType(),
                raw.pFlags(),
                raw.pOffset(),
                raw.pVaddr(),
                raw.pPaddr(),
                raw.pFilesz(),
                raw.pMemsz(),
                raw.pAlign()))
        .isEqualTo(header);
  }

  private static FileHeader root(ByteOrder order, ElfClass elfClass) {
    return HeaderChecks.checked(new Maker(elfClass, order).header()).header();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void sectionHeader(ElfClass elfClass, ByteOrder order) {
    Maker maker = new Maker(elfClass, order);
    maker.writer().u32(1).u32(0x6fff_fff6L);
    maker.words(3, maker.high(), 5, 6).writer().u32(HIGH32).u32(8);
    Bytes bytes = maker.words(9, 10).writer().toBytes();
    assertThat(bytes.size()).isEqualTo(elfClass.sectionHeaderSize());
    var raw =
        new Elf.Image.SectionHeader(stream(bytes), null, root(elfClass, order), isLittle(order));
    Section section =
        new Section(
            0,
            "",
            raw.shName(),
            raw.shType(),
            raw.shFlags(),
            raw.shAddr(),
            raw.shOffset(),
            raw.shSize(),
            raw.shLink(),
            raw.shInfo(),
            raw.shAddralign(),
            raw.shEntsize());
    assertThat(section)
        .isEqualTo(new Section(0, "", 1, 0x6fff_fff6L, 3, maker.high(), 5, 6, HIGH32, 8, 9, 10));
    ByteWriter again = new ByteWriter(order);
    section.write(again, root(order, elfClass));
    assertThat(again.toBytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void dynamicEntryAndRelocations(ElfClass elfClass, ByteOrder order) {
    Maker maker = new Maker(elfClass, order);
    Bytes bytes = maker.words(maker.high(), 2, maker.high(), 4).writer().toBytes();
    Elf root = root(elfClass, order);
    var dynamic = new Elf.Image.DynamicEntry(stream(bytes), null, root, isLittle(order));
    assertThat(List.of(dynamic.dTag(), dynamic.dVal())).containsExactly(maker.high(), 2L);
    var rel = new Elf.Image.Rel(stream(bytes), null, root, isLittle(order));
    assertThat(List.of(rel.rOffset(), rel.rInfo())).containsExactly(maker.high(), 2L);
    var rela = new Elf.Image.Rela(stream(bytes), null, root, isLittle(order));
    assertThat(List.of(rela.rOffset(), rela.rInfo(), rela.rAddend()))
        .containsExactly(maker.high(), 2L, maker.high());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void partsOfRInfoAreUnsigned(ElfClass elfClass, ByteOrder order) {
    Maker maker = new Maker(elfClass, order);
    Bytes bytes = maker.words(2, maker.high(), 3).writer().toBytes();
    Elf root = root(elfClass, order);
    long symbol = maker.is64() ? HIGH32 : HIGH32 >> 8;
    long type = maker.is64() ? 0x89ab_cdefL : HIGH32 & 0xff;
    var rel = new Elf.Image.Rel(stream(bytes), null, root, isLittle(order));
    assertThat(List.of(rel.rSym(), rel.rType())).containsExactly(symbol, type);
    var rela = new Elf.Image.Rela(stream(bytes), null, root, isLittle(order));
    assertThat(List.of(rela.rSym(), rela.rType())).containsExactly(symbol, type);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void symbol(ElfClass elfClass, ByteOrder order) {
    Maker maker = new Maker(elfClass, order);
    ByteWriter writer = maker.writer().u32(1);
    if (maker.is64()) {
      writer.u8(0x12).u8(3).u16(0xfff1);
      maker.words(maker.high(), 6);
    } else {
      maker.words(maker.high(), 6).writer().u8(0x12).u8(3).u16(0xfff1);
    }
    Bytes bytes = writer.toBytes();
    assertThat(bytes.size()).isEqualTo(elfClass.symbolSize());
    var raw = new Elf.Image.Symbol(stream(bytes), null, root(elfClass, order), isLittle(order));
    assertThat(raw.stName()).isEqualTo(1);
    assertThat(raw.stInfo()).isEqualTo(0x12);
    assertThat(raw.stOther()).isEqualTo(3);
    assertThat(raw.stBindName()).isEqualTo(Elf.SymbolBinding.GLOBAL);
    assertThat(raw.stTypeName()).isEqualTo(Elf.SymbolType.FUNC);
    assertThat(raw.stVisibilityName()).isEqualTo(Elf.SymbolVisibility.PROTECTED);
    assertThat(raw.stShndx()).isEqualTo(0xfff1);
    assertThat(raw.stValue()).isEqualTo(maker.high());
    assertThat(raw.stSize()).isEqualTo(6);
    assertThat(bytes.u16(Symbol.sectionIndexOffset(elfClass))).isEqualTo(0xfff1);
    assertThat(root(order, elfClass).readWord(bytes, Symbol.valueOffset(elfClass)))
        .isEqualTo(maker.high());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void noteWithoutPaddingBehindIt(ElfClass elfClass, ByteOrder order) {
    for (int alignment : new int[] {4, 8}) {
      Bytes bytes =
          new ByteWriter(order)
              .u32(5)
              .u32(3)
              .u32(HIGH32)
              .bytes("Test\0".getBytes(StandardCharsets.US_ASCII))
              .align(alignment)
              .bytes(new byte[] {1, 2, 3})
              .toBytes();
      Elf root = root(elfClass, order);
      var raw = new Elf.Image.Note(stream(bytes), null, root, isLittle(order), alignment);
      assertThat(raw.nType()).isEqualTo(HIGH32);
      assertThat(raw.name()).asString(StandardCharsets.US_ASCII).isEqualTo("Test\0");
      assertThat(raw.desc()).containsExactly(1, 2, 3);
    }
  }

  @Test
  void the32BitFixtureIsReadAndRefused() {
    Bytes file = Bytes.wrap(Patching.fixture("hello-x32"));
    TableReader tables = HeaderChecks.checked(file);
    assertThat(tables.header().elfClass()).isEqualTo(ElfClass.CLASS32);
    assertThat(SegmentChecks.checked(tables, file.size()))
        .extracting(ProgramHeader::vaddr)
        .containsExactly(0x40_0000L, 0x40_1000L, 0x40_2000L, 0L);
    assertThat(SectionChecks.checked(tables, file))
        .extracting(Section::name)
        .containsExactly("", ".text", ".rodata", ".symtab", ".strtab", ".shstrtab");
  }
}
