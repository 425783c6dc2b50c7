package dev.hardwire.derive.module;

import static dev.hardwire.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Assembly;
import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.testing.Derivers;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Functions that others enter in the middle, and functions whose addresses are disguised. */
@Tag("system")
class EnteredInsideTest {
  @TempDir private Path folder;

  private Derivation derive(String code) throws IOException {
    Path program = Assembly.build(folder, code, "-static-pie");
    return Derivers.SHARED.derive(program, DeriveOptions.PLAIN);
  }

  /** As two entries of one function in assembly language: the second has another number. */
  @ParameterizedTest
  @ValueSource(strings = {"call inside", "jmp inside", "lea inside(%rip), %rcx\ncall *%rcx"})
  void otherWaysToANumberAreSeen(String way) throws IOException {
    Derivation found =
        derive(
            function("one", "mov $39, %eax\ninside: syscall\nret")
                + function("two", "mov $102, %eax\n" + way + "\nret")
                + function("_start", "call one\ncall two\ncall stop"));
    assertThat(found.names()).contains("getpid");
    assertThat(found.unknown()).hasSize(1);
    assertThat(found.unknown().get(0).place()).contains("0x");
  }

  @Test
  void numbersBehindThePlaceAreKnown() throws IOException {
    Derivation found =
        derive(
            function("one", "mov $39, %eax\nsyscall\ninside: mov $102, %eax\nsyscall\nret")
                + function("two", "call inside\nret")
                + function("_start", "call one\ncall two\ncall stop"));
    assertThat(found.names()).containsExactly("exit", "getpid", "getuid");
    assertThat(found.unknown()).isEmpty();
  }

  /** A tag in the lowest bits of a pointer, which is taken off elsewhere. */
  @ParameterizedTest
  @ValueSource(strings = {"add $1, %rax", "inc %rax", "lea 1(%rax), %rax", "or $1, %rax"})
  void addressesMayHaveTags(String tag) throws IOException {
    Derivation found =
        derive(
            ".balign 16\n"
                + function("one", "mov $39, %eax\nsyscall\nret")
                + function("two", "mov kept(%rip), %rax\nand $-16, %rax\njmp *%rax")
                + function(
                    "_start",
                    "lea one(%rip), %rax\n" + tag + "\nmov %rax, kept(%rip)\ncall two\ncall stop")
                + ".data\nkept: .quad 0\n");
    assertThat(found.names()).containsExactly("exit", "getpid");
  }
}
