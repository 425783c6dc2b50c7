package dev.hardwire.derive.module;

import static dev.hardwire.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Assembly;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.testing.Derivers;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Code to which nothing but the unwinding of the stack leads. */
@Tag("system")
class UnwindingTest {
  private static final String PERSONALITY = function("personality", "mov $39, %eax\nsyscall\nret");

  @TempDir private Path folder;

  private Iterable<String> derive(String code) throws IOException {
    Path program = Assembly.build(folder, code, "-static-pie");
    return Derivers.SHARED.derive(program, DeriveOptions.PLAIN).names();
  }

  /** The encodings are those of GCC: a distance, and a distance to a word with the address. */
  @ParameterizedTest
  @CsvSource({"0x1b, personality", "0x9b, word"})
  void theFunctionThatFindsLandingPadsIsCalled(String encoding, String symbol) throws IOException {
    String main = ".cfi_personality %s, %s\ncall stop".formatted(encoding, symbol);
    String word = ".section .data.rel.local,\"aw\"\nword: .quad personality\n";
    assertThat(derive(PERSONALITY + function("_start", main) + word))
        .containsExactly("exit", "getpid");
  }

  @Test
  void itIsNotCalledForFunctionsThatAreNotReached() throws IOException {
    String other = function("other", ".cfi_personality 0x1b, personality\nret");
    assertThat(derive(PERSONALITY + other + function("_start", "call stop")))
        .containsExactly("exit");
  }

  /**
   * Landing pads may be in a part of the function that lies elsewhere: then their distances are
   * from an address that the table has.
   */
  @ParameterizedTest
  @CsvSource({"0x1b, .long pads - .", "0x1c, .quad pads - ."})
  void landingPadsElsewhereAreFound(String encoding, String from) throws IOException {
    String main = ".cfi_personality 0x1b, personality\n.cfi_lsda 0x1b, table\n1: call stop\n2: hlt";
    String table =
        """
        .section .gcc_except_table,"a"
        table: .byte %s
        %s
        .byte 0xff, 1
        .uleb128 end - start
        start: .uleb128 0, 5, 3, 0
        end:
        """
            .formatted(encoding, from);
    String pads = function("pads", "hlt\nhlt\nhlt\nmov $102, %eax\nsyscall\ncall stop");
    assertThat(derive(PERSONALITY + pads + function("_start", main) + table))
        .containsExactly("exit", "getpid", "getuid");
  }
}
