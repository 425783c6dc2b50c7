package dev.hardwire.elf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.jelf.Elf;
import io.kaitai.struct.ByteBufferKaitaiStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables that the generated parser reaches from its root, compared with other readers. */
@Tag("system")
class GeneratedTablesTest {
  private static final Path FIXTURES = Path.of("../fixtures/target/bin");

  private static Elf parse(String fixture) {
    return new Elf(new ByteBufferKaitaiStream(Patching.fixture(fixture)));
  }

  private static ElfClass elfClass(Elf elf) {
    return elf.ident().elfClass() == Elf.ElfClass.CLASS64 ? ElfClass.CLASS64 : ElfClass.CLASS32;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gcc-pie",
        "gcc-static",
        "i386-pie",
        "arm-pie",
        "aarch64-pie",
        "riscv64-pie",
        "ppc64le-pie",
        "s390x-nonpie",
        "loongarch64-pie",
        "plain.o",
        "no-sections-pie",
        "go-cgo"
      })
  void tablesAreThoseThatReadelfPrints(String fixture) {
    Elf elf = parse(fixture);
    Readelf readelf = new Readelf(FIXTURES.resolve(fixture));
    assertThat(elf.image().sectionHeaders())
        .extracting(section -> section.name() + " " + Long.toHexString(section.shAddr()))
        .containsExactlyElementsOf(
            readelf.sections().stream()
                .map(row -> row.get(1) + " " + Long.toHexString(Long.parseLong(row.get(3), 16)))
                .toList());
    assertThat(elf.image().programHeaders())
        .extracting(segment -> segment.pOffset())
        .containsExactlyElementsOf(
            readelf.segments().stream().map(row -> Long.parseLong(row.get(1), 16)).toList());
    assertThat(elf.image().programHeaders())
        .extracting(segment -> segment.pTypeName() == null ? "" : segment.pTypeName().name())
        .allSatisfy(name -> assertThat(name).isNotEqualTo("NULL"))
        .filteredOn("LOAD"::equals)
        .hasSameSizeAs(
            readelf.segments().stream().filter(row -> row.get(0).equals("LOAD")).toList());
    List<String> dynamic = new ArrayList<>();
    for (Elf.Image.ProgramHeader segment : elf.image().programHeaders()) {
      if (segment.dynamic() != null) {
        for (Elf.Image.DynamicEntry entry : segment.dynamic().entries()) {
          dynamic.add(Long.toHexString(entry.dTag()));
          if (entry.dTagName() == Elf.DynamicTag.NULL) {
            break;
          }
        }
      }
    }
    assertThat(dynamic)
        .containsExactlyElementsOf(
            readelf.dynamic().stream()
                .map(row -> Long.toHexString(Long.parseLong(row.get(0), 16)))
                .toList());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"gcc-pie", "i386-pie", "arm-pie", "ppc64le-pie", "s390x-nonpie", "plain.o"})
  void fieldsThatAreSplitAgreeWithTheOtherReader(String fixture) {
    Elf elf = parse(fixture);
    int symbols = 0;
    int relocations = 0;
    for (Elf.Image.SectionHeader section : elf.image().sectionHeaders()) {
      if (section.symbols() != null) {
        assertThat(section.symbols().entries())
            .hasSize((int) (section.shSize() / section.shEntsize()));
        for (Elf.Image.Symbol symbol : section.symbols().entries()) {
          symbols++;
          assertThat(symbol.stBind() << 4 | symbol.stType()).isEqualTo(symbol.stInfo());
          assertThat(symbol.stVisibility()).isEqualTo(symbol.stOther() & 3);
          assertThat(symbol.stBindName()).isNotNull();
        }
      }
      if (section.relas() != null) {
        for (Elf.Image.Rela rela : section.relas().entries()) {
          relocations++;
          assertThat(rela.rType().intValue())
              .isEqualTo(Relocation.type(elfClass(elf), rela.rInfo()));
          assertThat(rela.rSym()).isEqualTo(Relocation.symbol(elfClass(elf), rela.rInfo()));
        }
      }
      if (section.rels() != null) {
        for (Elf.Image.Rel rel : section.rels().entries()) {
          relocations++;
          assertThat(rel.rType().intValue()).isEqualTo(Relocation.type(elfClass(elf), rel.rInfo()));
          assertThat(rel.rSym()).isEqualTo(Relocation.symbol(elfClass(elf), rel.rInfo()));
        }
      }
    }
    assertThat(symbols).isGreaterThan(10);
    assertThat(relocations).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gcc-pie", "i386-pie", "aarch64-pie", "s390x-nonpie"})
  void notesOfSegmentsAreThoseOfTheOtherReader(String fixture) {
    Elf elf = parse(fixture);
    List<String> read =
        elf.image().programHeaders().stream()
            .map(Elf.Image.ProgramHeader::notes)
            .filter(Objects::nonNull)
            .flatMap(table -> table.entries().stream())
            .map(note -> note.nType() + " " + note.desc().length)
            .toList();
    ElfFile other = ElfFile.parse(Bytes.wrap(Patching.fixture(fixture)));
    assertThat(read)
        .isNotEmpty()
        .containsExactlyElementsOf(
            other.notes().stream().map(note -> note.type() + " " + note.desc().size()).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"gcc-pie", "i386-pie", "s390x-nonpie"})
  void symbolsHaveNamesAndKinds(String fixture) {
    List<Elf.Image.Symbol> main =
        parse(fixture).image().sectionHeaders().stream()
            .filter(section -> section.shTypeName() == Elf.SectionType.SYMTAB)
            .map(Elf.Image.SectionHeader::symbols)
            .flatMap(table -> table.entries().stream())
            .filter(symbol -> symbol.name().equals("main"))
            .toList();
    assertThat(main).hasSize(1);
    assertThat(main.get(0).stBindName()).isEqualTo(Elf.SymbolBinding.GLOBAL);
    assertThat(main.get(0).stTypeName()).isEqualTo(Elf.SymbolType.FUNC);
  }
}
