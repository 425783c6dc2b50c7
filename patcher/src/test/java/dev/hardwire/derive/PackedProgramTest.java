package dev.hardwire.derive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code of a packed program is not in its file. */
@Tag("system")
class PackedProgramTest {
  private static final Path PROGRAM = Path.of("/usr/bin/sort");
  private static final String MESSAGE =
      ": packed by UPX: the program unpacks itself over its own segments; unpack it first (upx -d)";

  @TempDir private Path folder;

  private Path packed(Path program) {
    Path packed = folder.resolve("packed-" + program.getFileName());
    Programs.output("upx", "-q", "-1", "-o", packed, program);
    return packed;
  }

  private static void isRefused(Path program, DeriveOptions options, Path packed) {
    assertThatThrownBy(() -> Derivers.SHARED.derive(program, options))
        .isInstanceOf(DeriveException.class)
        .hasMessageStartingWith(packed + ": l_magic at offset ")
        .hasMessageEndingWith(MESSAGE);
  }

  /** The calls of the code that unpacks would be a policy that kills. */
  @Test
  void aPackedProgramIsRefused() {
    Path packed = packed(PROGRAM);
    isRefused(packed, DeriveOptions.PLAIN, packed);
    Path policy = folder.resolve("policy.yaml");
    Cli.run("derive", "--no-cache", "-o", policy, packed).fails(3, MESSAGE);
    assertThat(policy).doesNotExist();
  }

  @Test
  void soIsAProgramThatAnotherOneExecutes() {
    Path packed = packed(PROGRAM);
    isRefused(PROGRAM, new DeriveOptions(List.of(), List.of(packed), false), packed);
  }

  /** A program that has the words of UPX has its own code all the same. */
  @Test
  void aProgramWithTheMagicOfUpxIsAsWithout() throws IOException {
    Path program = Files.copy(PROGRAM, folder.resolve("sort"));
    byte[] magic = "UPX!".getBytes(StandardCharsets.US_ASCII);
    Files.write(program, magic, StandardOpenOption.APPEND);
    assertThat(Derivers.SHARED.derive(program, DeriveOptions.PLAIN).names())
        .isEqualTo(Derivers.SHARED.derive(PROGRAM, DeriveOptions.PLAIN).names());
  }
}
