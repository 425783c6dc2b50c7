package dev.hardwire.derive.module;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** C code in a file of Go, which Go's table of functions does not have. */
@Tag("system")
class GoCodeTest {
  /** C functions of Go's runtime that only Go's syscall package calls, which is not in the file. */
  private static final String UNUSED = "setgroups";

  @TempDir private Path folder;

  private static Path fixture() {
    return Fixtures.programs().stream()
        .filter(fixture -> fixture.name().equals("go-cgo"))
        .findFirst()
        .orElseThrow()
        .path();
  }

  private static Set<String> names(Path program) throws IOException {
    return Derivers.SHARED.derive(program, DeriveOptions.PLAIN).names();
  }

  @Test
  void functionsOfCCountIfSomethingRefersToThem() throws IOException {
    assertThat(names(fixture()))
        .contains("uname", "clone3", "epoll_pwait") // of C, of Go's runtime in C, of Go
        .doesNotContain(UNUSED);
  }

  /** What the fields of the table's header are: version, size of pointers, counts, places. */
  @ParameterizedTest
  @CsvSource({"0, 0xfb", "7, 4", "8, 0", "11, 0x7f", "24, 0xff", "27, 0x7f", "64, 0x41", "68, 1"})
  void allCountWhereTheTableIsNotUnderstood(int place, String value) throws IOException {
    byte[] bytes = Files.readAllBytes(fixture());
    int table =
        (int)
            ElfFile.parse(Bytes.copyOf(bytes))
                .section(section -> section.name().equals(".gopclntab"))
                .orElseThrow()
                .offset();
    bytes[table + place] = (byte) (int) Integer.decode(value);
    Path program = folder.resolve("damaged");
    Files.write(program, bytes);
    assertThat(names(program)).contains("uname", "clone3", "epoll_pwait", UNUSED);
  }

  private Path build(String code, String... options) throws IOException {
    return buildIn(folder, code, options);
  }

  private static Path buildIn(Path folder, String code, String... options) throws IOException {
    Files.writeString(folder.resolve("main.go"), code);
    Files.writeString(folder.resolve("go.mod"), "module example\n\ngo 1.19\n");
    Path program = folder.resolve("program");
    Programs.output(
        "env",
        "CGO_ENABLED=0",
        "GOFLAGS=-mod=mod",
        "GOCACHE=" + Fixtures.directory().resolve("gocache"),
        "go",
        "build",
        "-C",
        folder,
        "-trimpath",
        List.of(options),
        "-o",
        program,
        ".");
    return program;
  }

  private static final String RAW =
      """
      package main

      import "syscall"

      type Caller struct{ number uintptr }

      func (caller Caller) Call(number uintptr) { syscall.RawSyscall(%s, 0, 0, 0) }

      type Interface interface{ Call(uintptr) }

      var kept Interface

      func main() {
        kept = Caller{syscall.SYS_GETPPID}
        kept.Call(syscall.SYS_GETPPID)
        println(%s)
      }
      """;

  /** Table and code are found in files of each kind; the compiler's own numbers are known. */
  @ParameterizedTest
  @ValueSource(strings = {"exe", "pie"})
  void allNumbersOfGoAreKnown(String mode) throws IOException {
    Path program =
        build(RAW.formatted("syscall.SYS_GETPPID", "1"), "-buildmode=" + mode, "-ldflags=-s -w");
    Derivation found = Derivers.SHARED.derive(program, DeriveOptions.PLAIN);
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).contains("getppid", "clone", "futex");
  }

  /** A method may be called with any number, and a variable may get one. */
  @ParameterizedTest
  @CsvSource({
    "number, 1",
    "caller.number, 1",
  })
  void numbersThatOthersChooseAreNotKnown(String number, String printed) throws IOException {
    Path program = build(RAW.formatted(number, printed));
    assertThat(Derivers.SHARED.derive(program, DeriveOptions.PLAIN).unknown()).isNotEmpty();
  }

  /** A variable of Go's packages that nothing writes, and that something writes. */
  @ParameterizedTest
  @CsvSource({"'', true", "number = uintptr(len(os.Args)), false", "set(&number), false"})
  void variablesOfSystemPackagesAreKnownIfNothingWritesThem(String write, boolean known)
      throws IOException {
    String variable =
        """
        //go:linkname number syscall.fcntl64Syscall
        var number uintptr

        //go:noinline
        func set(place *uintptr) { *place = uintptr(len(os.Args)) }
        """;
    String code =
        """
        package main

        import (
          "os"
          "syscall"
          _ "unsafe"
        )

        // Not copied into main, so that it is one of its package that reads the variable.
        var lock = syscall.FcntlFlock

        %s
        func main() {
          %s
          lock(uintptr(len(os.Args)), syscall.F_GETLK, &syscall.Flock_t{})
        }
        """;
    Derivation found =
        Derivers.SHARED.derive(
            build(code.formatted(known ? "" : variable, write), "-ldflags=-checklinkname=0"),
            DeriveOptions.PLAIN);
    assertThat(found.unknown().isEmpty()).isEqualTo(known);
    assertThat(found.names()).contains("fcntl");
  }

  /** Those of a program may be the start of a structure, by whose address something writes. */
  @ParameterizedTest
  @CsvSource({"chosen, ''", "state.chosen, change(&state)"})
  void variablesOfProgramsAreNotKnown(String variable, String write) throws IOException {
    String code =
        """
        package main

        import (
          "os"
          "syscall"
        )

        type Numbers struct{ chosen, other uintptr }

        var chosen uintptr = syscall.SYS_GETPPID
        var state = Numbers{syscall.SYS_GETPPID, 0}

        //go:noinline
        func change(state *Numbers) { state.chosen = uintptr(len(os.Args)) }

        func main() {
          %s
          syscall.RawSyscall(%s, 0, 0, 0)
        }
        """;
    Path program = build(code.formatted(write, variable));
    assertThat(Derivers.SHARED.derive(program, DeriveOptions.PLAIN).unknown()).isNotEmpty();
  }

  private static final String WORDS =
      """
      #include "textflag.h"

      // func enter(number uintptr)
      TEXT ·enter(SB), NOSPLIT, $0-8
          MOVQ number+0(FP), AX
          SYSCALL
          RET

      DATA ·words+0(SB)/8, $8
      DATA ·words+8(SB)/8, $8
      DATA ·words+16(SB)/8, $0x3608080212345678
      DATA ·words+24(SB)/8, $0
      DATA ·words+32(SB)/8, $·words(SB)
      DATA ·words+40(SB)/8, $·enter+5(SB)
      GLOBL ·words(SB), NOPTR, $48
      """;

  private static final String SELF = "itself";

  @TempDir private static Path kept;

  private static byte[] withWords;

  /** A program with the words, which is built once. */
  private byte[] withWords() throws IOException {
    if (withWords == null) {
      Files.writeString(kept.resolve("words.s"), WORDS);
      String code =
          """
          package main

          import "syscall"

          var words [6]uintptr

          func enter(number uintptr)

          func main() {
            enter(syscall.SYS_GETPPID)
            println(&words)
          }
          """;
      withWords = Files.readAllBytes(buildIn(kept, code));
    }
    return withWords.clone();
  }

  /**
   * In a large file, the distance to the name of a type looks like an address inside a function.
   * What has another shape than a type, or leads to the start, is an address.
   */
  @ParameterizedTest
  @CsvSource({
    "0x3608080212345678, 0, 5, true",
    "0x3608080212345678, itself, 5, true",
    "0x3608080212345678, 0, 0, false",
    "0x3608080212345678, 3, 5, false",
    "0x3608040212345678, 0, 5, false",
    "0x3603030212345678, 0, 5, false",
    "0x3b08080212345678, 0, 5, false",
    "0x2008080212345678, 0, 5, false",
    "0, 0, 5, false",
  })
  void namesOfTypesAreNoPointersToFunctions(String kinds, String equal, int within, boolean isName)
      throws IOException {
    byte[] program = withWords();
    ByteBuffer words = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    byte[] first = HexFormat.of().parseHex("08000000000000000800000000000000785634120208");
    int at = (int) Bytes.wrap(program).indexOf(first, 0);
    long self = words.getLong(at + 32);
    words.putLong(at + 16, Long.decode(kinds));
    words.putLong(at + 24, equal.equals(SELF) ? self : Long.parseLong(equal));
    words.putLong(at + 40, words.getLong(at + 40) - 5 + within);
    Derivation found =
        Derivers.SHARED.derive(
            Files.write(folder.resolve("program"), program), DeriveOptions.PLAIN);
    assertThat(found.names()).contains("getppid");
    assertThat(found.unknown().isEmpty()).isEqualTo(isName);
  }
}
