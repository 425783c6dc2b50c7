package dev.hardwire.elf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables of every fixture, as they are and patched, are those that GNU readelf sees. */
@Tag("system")
class ReadelfTest {
  private static final Map<Long, String> SEGMENT_TYPES =
      Map.ofEntries(
          Map.entry(1L, "LOAD"),
          Map.entry(2L, "DYNAMIC"),
          Map.entry(3L, "INTERP"),
          Map.entry(4L, "NOTE"),
          Map.entry(6L, "PHDR"),
          Map.entry(7L, "TLS"),
          Map.entry(0x6474e550L, "GNU_EH_FRAME"),
          Map.entry(0x6474e551L, "GNU_STACK"),
          Map.entry(0x6474e552L, "GNU_RELRO"),
          Map.entry(0x6474e553L, "GNU_PROPERTY"));
  private static final Map<Long, String> SECTION_TYPES =
      Map.ofEntries(
          Map.entry(0L, "NULL"),
          Map.entry(1L, "PROGBITS"),
          Map.entry(2L, "SYMTAB"),
          Map.entry(3L, "STRTAB"),
          Map.entry(4L, "RELA"),
          Map.entry(5L, "HASH"),
          Map.entry(6L, "DYNAMIC"),
          Map.entry(7L, "NOTE"),
          Map.entry(8L, "NOBITS"),
          Map.entry(9L, "REL"),
          Map.entry(11L, "DYNSYM"),
          Map.entry(14L, "INIT_ARRAY"),
          Map.entry(15L, "FINI_ARRAY"),
          Map.entry(16L, "PREINIT_ARRAY"),
          Map.entry(19L, "RELR"),
          Map.entry(0x6ffffff6L, "GNU_HASH"),
          Map.entry(0x6ffffffdL, "VERDEF"),
          Map.entry(0x6ffffffeL, "VERNEED"),
          Map.entry(0x6fffffffL, "VERSYM"),
          Map.entry(0x70000001L, "X86_64_UNWIND"));

  static Stream<Fixture> files() {
    Set<String> noExecutables = Set.of("refuse-script", "refuse-object");
    return Fixtures.all().stream().filter(fixture -> !noExecutables.contains(fixture.kind()));
  }

  /** Every third program. */
  static Stream<Fixture> sample() {
    List<Fixture> all = Fixtures.programs();
    return all.stream().filter(fixture -> all.indexOf(fixture) % 3 == 0);
  }

  static Stream<Fixture> others() {
    List<Fixture> sample = sample().toList();
    return Fixtures.programs().stream().filter(fixture -> !sample.contains(fixture));
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @MethodSource("files")
  void everyFixture(Fixture fixture) throws IOException {
    compare(fixture.path());
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @MethodSource("sample")
  void patchedFixtures(Fixture fixture, @TempDir Path directory) throws IOException {
    comparePatched(fixture, directory);
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @MethodSource("others")
  @Tag("long")
  void otherPatchedFixtures(Fixture fixture, @TempDir Path directory) throws IOException {
    comparePatched(fixture, directory);
  }

  private static void comparePatched(Fixture fixture, Path directory) throws IOException {
    ElfFile elf = ElfFile.parse(Bytes.wrap(Files.readAllBytes(fixture.path())));
    Path patched = directory.resolve(fixture.name());
    Hook hook = fixture.runsBeforeHooks() ? Hook.POST_INIT : Hook.ENTRY;
    Files.write(patched, Patching.patch(elf, hook).toArray());
    compare(patched);
  }

  private static void compare(Path file) throws IOException {
    Readelf expected = new Readelf(file);
    Bytes bytes = Bytes.wrap(Files.readAllBytes(file));
    TableReader tables = HeaderChecks.checked(bytes);
    header(tables.header(), expected);
    boolean is64 = tables.header().elfClass() == ElfClass.CLASS64;
    assertThat(SegmentChecks.checked(tables, bytes.size()))
        .extracting(segment -> segment(segment, is64))
        .isEqualTo(expected.segments());
    assertThat(SectionChecks.checked(tables, bytes))
        .extracting(section -> section(section, is64))
        .isEqualTo(expected.sections());
    if (Target.of(tables.header().machine(), tables.header().elfClass(), tables.header().order())
            .isPresent()
        && !file.toString().endsWith(".debug")) {
      ElfFile elf = ElfFile.parse(bytes);
      dynamic(elf, expected);
      notes(elf, expected);
    }
  }

  private static void header(FileHeader header, Readelf expected) {
    assertThat(header.elfClass()).hasToString(expected.header("Class").replace("ELF", "CLASS"));
    assertThat(header.type()).isEqualTo(expected.header("Type").equals("EXEC") ? 2 : 3);
    assertThat("0x" + Long.toHexString(header.entry()))
        .isEqualTo(expected.header("Entry point address"));
    assertThat(header.phoff()).asString().isEqualTo(expected.header("Start of program headers"));
    assertThat(header.shoff()).asString().isEqualTo(expected.header("Start of section headers"));
    assertThat(header.phnum()).asString().isEqualTo(expected.header("Number of program headers"));
    assertThat(header.shnum()).asString().isEqualTo(expected.header("Number of section headers"));
    assertThat(header.shstrndx())
        .asString()
        .isEqualTo(expected.header("Section header string table index"));
  }

  private static List<String> segment(ProgramHeader p, boolean is64) {
    String address = is64 ? "%016x" : "%08x";
    String size = is64 ? "%06x" : "%05x";
    return List.of(
        SEGMENT_TYPES.get(p.type()),
        "%06x".formatted(p.offset()),
        address.formatted(p.vaddr()),
        address.formatted(p.paddr()),
        size.formatted(p.filesz()),
        size.formatted(p.memsz()),
        flag(p, 4, "R") + flag(p, 2, "W") + flag(p, 1, "E"),
        Long.toHexString(p.align()));
  }

  private static String flag(ProgramHeader segment, long bit, String letter) {
    return (segment.flags() & bit) != 0 ? letter : " ";
  }

  private static List<String> section(Section s, boolean is64) {
    StringBuilder flags = new StringBuilder();
    String letters = "WAX MSILOGTC         R"; // by bit
    for (int i = 0; i < letters.length(); i++) {
      flags.append((s.flags() >>> i & 1) != 0 ? letters.substring(i, i + 1) : "");
    }
    return List.of(
        Integer.toString(s.index()),
        s.name(),
        SECTION_TYPES.get(s.type()),
        (is64 ? "%016x" : "%08x").formatted(s.addr()),
        "%06x".formatted(s.offset()),
        "%06x".formatted(s.size()),
        "%02x".formatted(s.entsize()),
        flags.toString(),
        Long.toString(s.link()),
        Long.toString(s.info()),
        Long.toString(s.addralign()));
  }

  /** Values that readelf shows as names are left out. */
  private static void dynamic(ElfFile elf, Readelf expected) {
    List<List<String>> rows = expected.dynamic();
    assertThat(elf.dynamic()).hasSize(Math.max(0, rows.size() - 1));
    for (int i = 0; i < elf.dynamic().size(); i++) {
      DynamicEntry entry = elf.dynamic().get(i);
      assertThat(entry.tag()).isEqualTo(Long.parseLong(rows.get(i).get(0), 16));
      String value = rows.get(i).get(1);
      if (value.startsWith("0x")) {
        assertThat("0x" + Long.toHexString(entry.value())).isEqualTo(value);
      } else if (value.matches("[0-9]+( \\(bytes\\))?")) {
        assertThat(entry.value()).asString().isEqualTo(value.replace(" (bytes)", ""));
      }
    }
  }

  /** readelf finds them through sections, where there are any, and not all of those are loaded. */
  private static void notes(ElfFile elf, Readelf expected) {
    assertThat(expected.notes())
        .containsAll(
            elf.notes().stream()
                .map(note -> List.of(note.owner(), "%08x".formatted(note.desc().size())))
                .toList());
  }
}
