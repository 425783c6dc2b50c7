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

/** Functions to which numbers of 32 bits in data lead, that no relocation names. */
@Tag("system")
class DistancesTest {
  private static final String CALLED =
      function("one", "mov $39, %eax\nsyscall\nret")
          + function("two", "mov $102, %eax\nsyscall\nret");

  @TempDir private Path folder;

  private Iterable<String> derive(String main, String data, String... options) throws IOException {
    String code = CALLED + function("_start", main + "\ncall stop") + ".section .rodata\n" + data;
    Path program = Assembly.build(folder, code, options);
    return Derivers.SHARED.derive(program, DeriveOptions.PLAIN).names();
  }

  /**
   * Relative vtables and other tables of distances from their starts, records with distances from
   * their own places, and addresses of 32 bits.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "-static-pie; .long one - table, two - table",
        "-static-pie; .long 0, 7, one - table, two - table",
        "-static-pie; .long one - ., 1, two - ., 2",
        "-static; .long one - table, two - table",
        "-static; .long one, two",
      })
  void numbersLeadToFunctions(String kind, String table) throws IOException {
    assertThat(derive("lea table(%rip), %rbx", "table: " + table + "\n", kind))
        .containsExactly("exit", "getpid", "getuid");
  }

  /** A table of jumps leads into the middle of functions, and what follows it is something else. */
  @Test
  void tablesOfJumpsDoNot() throws IOException {
    String main =
        """
        lea table(%rip), %rbx
        movslq (%rbx,%rdi,4), %rax
        add %rbx, %rax
        jmp *%rax
        1: nop
        2: call stop
        """;
    String table = "table: .long 1b - table, 2b - table, 7, one - table, two - .\n";
    assertThat(derive(main, table, "-static-pie")).doesNotContain("getpid", "getuid");
  }

  /** Tables for unwinding have the distances of all functions. */
  @Test
  void tablesForUnwindingDoNot() throws IOException {
    assertThat(derive("lea table(%rip), %rbx", "table:\n", "-static-pie", "-Wl,--no-eh-frame-hdr"))
        .containsExactly("exit");
  }
}
