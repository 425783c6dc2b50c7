package dev.hardwire.derive.module;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    return new Deriver().derive(program, DeriveOptions.PLAIN).names();
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
}
