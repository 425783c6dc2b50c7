package dev.hardwire.elf.form;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.note.Hook;
import dev.hardwire.testing.Expected;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
  private static final Path GLIBC = Path.of("/usr/lib/x86_64-linux-gnu");
  private static final Path AARCH64 = Path.of("/usr/aarch64-linux-gnu/lib");
  private static final Path I386 = Path.of("/usr/i686-linux-gnu/lib");
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

  @ParameterizedTest
  @ValueSource(strings = {"crt1.o", "Scrt1.o"})
  void startFilesAreRecognised(String name) throws IOException {
    assertThat(holds(read(GLIBC.resolve(name)), "start")).isTrue();
    assertThat(holds(read(MUSL.resolve(name)), "start-musl")).isTrue();
    assertThat(holds(read(MUSL.resolve(name)), "start-musl-c")).isTrue();
    assertThat(holds(read(MUSL.resolve(name)), "start")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crt1.o", "Scrt1.o"})
  void startFilesOfOthersAreRecognised(String name) throws IOException {
    assertThat(holds(Target.I386, read(I386.resolve(name)), "start")).isTrue();
    assertThat(holds(Target.I386, read(I386.resolve(name)), "thunk")).isTrue();
    assertThat(holds(Target.AARCH64, read(AARCH64.resolve(name)), "start")).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "X86_64, /usr/lib/x86_64-linux-gnu",
    "X86_64, /usr/lib/x86_64-linux-musl",
    "I386, /usr/i686-linux-gnu/lib",
    "AARCH64, /usr/aarch64-linux-gnu/lib"
  })
  void prologueAndEpilogueMakeAnInitFunction(Target machine, Path folder, @TempDir Path out)
      throws IOException {
    Bytes init =
        Bytes.concat(
            List.of(
                section(folder.resolve("crti.o"), out), section(folder.resolve("crtn.o"), out)));
    assertThat(
            CodePatterns.of(machine, "init").stream()
                .filter(pattern -> pattern.size() == init.size()))
        .anyMatch(pattern -> pattern.match(init, 0).isPresent());
  }

  private static Bytes section(Path object, Path folder) throws IOException {
    Path out = folder.resolve("init");
    Outcome outcome =
        Programs.run("llvm-objcopy", "-O", "binary", "--only-section=.init", object, out);
    assertThat(outcome.status()).as(outcome.err()).isZero();
    return read(out);
  }

  static Stream<Fixture> programs() {
    return Stream.concat(
            Fixtures.programs().stream(),
            Fixtures.foreign().stream().filter(f -> f.machine().equals("aarch64")))
        .filter(Fixture::isDynamic)
        .filter(fixture -> Expected.refusal(fixture, Hook.INIT).isEmpty());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("programs")
  void everyFixtureIsRecognised(Fixture fixture) throws IOException {
    ElfFile elf = ElfFile.parse(read(fixture.path()));
    assertThatCode(() -> StartCode.check(elf, Hook.INIT)).doesNotThrowAnyException();
    assertThatCode(() -> StartCode.check(elf, Hook.POST_INIT)).doesNotThrowAnyException();
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
