package dev.hardwire.elf.form;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.Change;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Relocation;
import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Expected;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The patterns are those of the installed toolchains' start files. */
@Tag("system")
class StartCodeTest {
  /** The most bytes that an address takes, on loongarch64. */
  private static final int ADDRESS = 14;

  private static final Path GLIBC = Path.of("/usr/lib/x86_64-linux-gnu");
  private static final Path MUSL = Path.of("/usr/lib/x86_64-linux-musl");

  private static boolean holds(Bytes file, String kind) {
    return holds(Target.X86_64, file, kind);
  }

  private static boolean holds(Target machine, Bytes file, String kind) {
    for (CodePattern pattern : CodePatterns.of(machine, kind)) {
      for (long at = 0; at + pattern.size() <= file.size(); at++) {
        if (pattern.match(file.slice(at, pattern.size()), at).isPresent()) {
          return true;
        }
      }
    }
    return false;
  }

  private static Bytes read(Path file) throws IOException {
    return Bytes.wrap(Files.readAllBytes(file));
  }

  private static Bytes read(Path file, Target machine) throws IOException {
    return read(file).withOrder(machine.order());
  }

  @ParameterizedTest
  @ValueSource(strings = {"crt1.o", "Scrt1.o"})
  void startFilesAreRecognised(String name) throws IOException {
    assertThat(holds(read(GLIBC.resolve(name)), "start")).isTrue();
    assertThat(holds(read(MUSL.resolve(name)), "start-musl")).isTrue();
    assertThat(holds(read(MUSL.resolve(name)), "start-musl-c")).isTrue();
    assertThat(holds(read(MUSL.resolve(name)), "start")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "I386, i686-linux-gnu, start thunk",
    "AARCH64, aarch64-linux-gnu, start",
    "ARM, arm-linux-gnueabihf, start-thumb",
    "RISCV64, riscv64-linux-gnu, start gp",
    "PPC64LE, powerpc64le-linux-gnu, start",
    "S390X, s390x-linux-gnu, start",
    "LOONGARCH64, loongarch64-linux-gnu, start"
  })
  void startFilesOfOthersAreRecognised(Target machine, String toolchain, String kinds)
      throws IOException {
    for (String name : List.of("crt1.o", "Scrt1.o")) {
      Bytes file = read(Path.of("/usr", toolchain, "lib", name), machine);
      for (String kind : kinds.split(" ", -1)) {
        assertThat(holds(machine, file, kind)).as("%s of %s", kind, name).isTrue();
      }
    }
  }

  /** Those that no toolchain here has are kept as digits. */
  @ParameterizedTest
  @CsvSource({"I386, crt1.o", "I386, Scrt1.o", "AARCH64, crt1.o", "AARCH64, Scrt1.o"})
  void startFilesOfMuslAreRecognised(Target machine, String name) {
    assertThat(musl(machine, name, ".text"))
        .matches(code -> holds(machine, code, "start-musl"), "_start");
    assertThat(musl(machine, name, ".text._start_c"))
        .matches(code -> holds(machine, code, "start-musl-c"), "_start_c");
    Bytes init =
        Bytes.concat(List.of(musl(machine, "crti.o", ".init"), musl(machine, "crtn.o", ".init")));
    assertThat(CodePatterns.of(machine, "init"))
        .anyMatch(p -> p.size() == init.size() && p.match(init, 0).isPresent());
  }

  private static Bytes musl(Target machine, String file, String section) {
    String start = String.join(" ", machine.id(), file, section, "");
    try (InputStream in = StartCodeTest.class.getResourceAsStream("musl-start-files.txt")) {
      String code =
          new String(in.readAllBytes(), StandardCharsets.US_ASCII)
              .lines()
              .filter(line -> line.startsWith(start))
              .findFirst()
              .orElseThrow()
              .substring(start.length());
      return Bytes.wrap(HexFormat.of().parseHex(code));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "X86_64, /usr/lib/x86_64-linux-gnu",
    "X86_64, /usr/lib/x86_64-linux-musl",
    "I386, /usr/i686-linux-gnu/lib",
    "AARCH64, /usr/aarch64-linux-gnu/lib",
    "ARM, /usr/arm-linux-gnueabihf/lib",
    "PPC64LE, /usr/powerpc64le-linux-gnu/lib",
    "S390X, /usr/s390x-linux-gnu/lib"
  })
  void prologueAndEpilogueMakeAnInitFunction(Target machine, Path folder, @TempDir Path out)
      throws IOException {
    Bytes init =
        Bytes.concat(
            List.of(
                section(folder.resolve("crti.o"), out, machine),
                section(folder.resolve("crtn.o"), out, machine)));
    assertThat(
            CodePatterns.of(machine, "init").stream()
                .filter(pattern -> pattern.size() == init.size()))
        .anyMatch(pattern -> pattern.match(init, 0).isPresent());
  }

  private static Bytes section(Path object, Path folder, Target machine) throws IOException {
    Path out = folder.resolve("init");
    Outcome outcome =
        Programs.run("llvm-objcopy", "-O", "binary", "--only-section=.init", object, out);
    assertThat(outcome.status()).as(outcome.err()).isZero();
    return read(out, machine);
  }

  static Stream<Fixture> programs() {
    return Stream.concat(Fixtures.programs().stream(), Fixtures.foreign().stream())
        .filter(Fixture::isDynamic)
        .filter(fixture -> Expected.refusal(fixture, Hook.POST_INIT).isEmpty());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("programs")
  void everyFixtureIsRecognised(Fixture fixture) throws IOException {
    ElfFile elf = ElfFile.parse(read(fixture.path()));
    assertThatCode(() -> StartCode.check(elf, Hook.POST_INIT)).doesNotThrowAnyException();
    if (Expected.refusal(fixture, Hook.INIT).isEmpty()) {
      assertThatCode(() -> StartCode.check(elf, Hook.INIT)).doesNotThrowAnyException();
    }
  }

  static Stream<Fixture> foreign() {
    return programs().filter(fixture -> !fixture.machine().equals("x86_64"));
  }

  /** Only the address of main may be another one. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("foreign")
  void everyByteOfStartCodeCounts(Fixture fixture) throws IOException {
    byte[] file = Files.readAllBytes(fixture.path());
    ElfFile elf = ElfFile.parse(Bytes.wrap(file));
    long entry = elf.header().entry() & ~1L;
    int start = (int) elf.fileOffset(entry, 1).orElseThrow();
    int size =
        Stream.of("start", "start-thumb")
            .flatMap(kind -> CodePatterns.of(elf.machine(), kind).stream())
            .filter(p -> p.match(elf.bytes().slice(start, p.size()), entry).isPresent())
            .mapToInt(CodePattern::size)
            .findFirst()
            .orElseThrow();
    int accepted = 0;
    for (int i = start; i < start + size; i++) {
      file[i] ^= 0x10;
      accepted += isAccepted(Bytes.copyOf(file)) ? 1 : 0;
      file[i] ^= 0x10;
    }
    assertThat(accepted).isLessThanOrEqualTo(ADDRESS);
    assertThat(isAccepted(Bytes.copyOf(file))).isTrue();
  }

  /** The slot of __libc_start_main, its relocation, and the name and kind of its symbol. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("foreign")
  void callMustLeadToLibrary(Fixture fixture) throws IOException {
    Bytes file = read(fixture.path());
    ElfFile elf = ElfFile.parse(file);
    ImportedSymbols symbols = new ImportedSymbols(elf);
    long words = elf.dynamicEntry(DynamicTag.PLTGOT).orElseThrow().value();
    Relocation call =
        elf.relocations().touching(words, 0x1000).stream()
            .filter(r -> symbols.isOnly(r.symbol(), "__libc_start_main", true))
            .findFirst()
            .orElseThrow();
    boolean wide = elf.header().elfClass() == ElfClass.CLASS64;
    long table = elf.dynamicEntry(DynamicTag.SYMTAB).orElseThrow().value();
    long symbol =
        elf.fileOffset(table, 1).orElseThrow()
            + call.symbol() * elf.header().elfClass().symbolSize();
    long slot = elf.fileOffset(call.address(), 4).orElseThrow();
    boolean big = elf.machine().order() == ByteOrder.BIG_ENDIAN;
    Map<String, Long> places =
        Map.of(
            "name", symbol + (big ? 3 : 0),
            "binding", symbol + (wide ? 4 : 12),
            "visibility", symbol + (wide ? 5 : 13),
            "section", symbol + (wide ? 6 : 14),
            "place", call.fileOffset() + (big ? 7 : 0),
            "type", call.fileOffset() + (big ? 15 : wide ? 8 : 4));
    places.forEach(
        (name, at) ->
            assertThat(isAccepted(file.withChanges(List.of(flipped(file, at, name)))))
                .as(name)
                .isFalse());
    if (elf.machine() != Target.PPC64LE && elf.machine() != Target.I386) {
      long low = slot + (big ? 7 : 0);
      assertThat(isAccepted(file.withChanges(List.of(flipped(file, low, "slot")))))
          .as("slot")
          .isFalse();
    }
  }

  /**
   * The binding, global or local, is in the upper half of its byte. Types next to each other are
   * those of a call and of the address for one.
   */
  private static Change flipped(Bytes file, long at, String name) {
    int bit = name.equals("binding") ? 0x10 : name.equals("type") ? 0x40 : 1;
    return new Change(at, Bytes.wrap(new byte[] {(byte) (file.u8(at) ^ bit)}));
  }

  private static boolean isAccepted(Bytes file) {
    try {
      StartCode.check(ElfFile.parse(file), Hook.POST_INIT);
      return true;
    } catch (ElfFormatException e) {
      return false;
    }
  }

  @Test
  void oneByteOfAPatternDecides() {
    CodePattern pattern = CodePattern.of("(f30f1efa|) 31ed .. e8 {call} b8 {word:w}").get(1);
    byte[] code = {0x31, (byte) 0xed, 9, (byte) 0xe8, 1, 0, 0, 0, (byte) 0xb8, 2, 0, 0, 0};
    assertThat(pattern.size()).isEqualTo(code.length);
    assertThat(pattern.match(Bytes.copyOf(code), 0x1000))
        .hasValueSatisfying(
            found -> assertThat(found).containsEntry("call", 0x1009L).containsEntry("word", 2L));
    code[1] ^= 1;
    assertThat(pattern.match(Bytes.copyOf(code), 0x1000)).isEmpty();
    assertThat(pattern.match(Bytes.copyOf(new byte[3]), 0)).isEmpty();
  }
}
