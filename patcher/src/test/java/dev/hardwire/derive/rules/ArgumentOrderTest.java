package dev.hardwire.derive.rules;

import static dev.hardwire.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Assembly;
import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The address of syscall(2) in a register for an argument while other functions are called, as LLVM
 * keeps it in loops.
 */
@Tag("system")
class ArgumentOrderTest {
  /** Calls a function that is not known, with all registers as they are. */
  private static final String VIRTUAL = "push %rbx\nmov (%rdi), %rax\ncall *8(%rax)\npop %rbx\nret";

  private static final String CALL =
      "mov $39, %edi\nxor %r8d, %r8d\nmov %r9, %r12\ncall *%r9\nmov %r12, %r9\n";
  private static final String OTHER = "mov %rbx, %rdi\ncall other\nmov %r12, %r9\n";
  private static final String SET = "xor %esi, %esi\nxor %edx, %edx\nxor %ecx, %ecx\n";

  @TempDir private Path folder;

  private Path build(String loop, String other) throws IOException {
    Path source = folder.resolve("library.s");
    String wrapper = function("wrapper", "mov %rdi, %rax\nsyscall\nret");
    Files.writeString(
        source, ".globl wrapper, empty\n.text\n" + wrapper + function("empty", "ret"));
    Path library = folder.resolve("library.so");
    Gcc.run("-nostdlib", "-shared", "-o", library, source);
    String user =
        "push %rbx\npush %r12\nmov %rdi, %rbx\nmov wrapper@GOTPCREL(%rip), %r9\nmov %r9, %r12\n1:"
            + loop
            + "dec %ebx\njne 1b\npop %r12\npop %rbx\nret";
    return Assembly.build(
        folder,
        function("_start", "call user\ncall stop")
            + function("user", user)
            + function("other", other)
            + function("leaf", "ret")
            + ".bss\nkept: .quad 0\n",
        "-pie",
        "-Wl,--no-as-needed," + library,
        "-Wl,-rpath," + folder);
  }

  private Derivation derive(String loop, String other) throws IOException {
    return Derivers.SHARED.derive(build(loop, other), DeriveOptions.PLAIN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        CALL + OTHER,
        // the call is not in the loop
        CALL + "2: " + OTHER + "dec %ebx\njne 2b\n",
        // another call of the same function shows how many arguments it has
        SET + "mov $39, %edi\nxor %r8d, %r8d\n" + OTHER + "mov $39, %edi\ncall *%r9\n" + OTHER,
        "call *empty@GOTPCREL(%rip)\nmov %r12, %r9\n" + OTHER + "mov $39, %edi\ncall *%r9\n",
      })
  void anAddressBehindRegistersThatAreNotSetIsNoArgument(String loop) throws IOException {
    Derivation found = derive(loop, VIRTUAL);
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).contains("exit", "getpid");
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("argument-order:"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // all registers are set
        CALL + SET + "xor %r8d, %r8d\n" + OTHER,
        // on one way
        CALL + SET + "test %ebx, %ebx\nje 2f\nxor %r8d, %r8d\n2: " + OTHER,
        // nothing has left anything in them
        SET + "xor %r8d, %r8d\n" + OTHER + "mov $39, %edi\nmov $1, %esi\n",
        // compilers know what functions of the same file change
        SET + "xor %r8d, %r8d\ncall leaf\nmov %r12, %r9\n" + OTHER,
        // the register is read, so it has something
        CALL + SET + "mov %r8, %r10\n" + OTHER,
      })
  void anAddressBehindRegistersThatMayBeSetMayBeOne(String loop) throws IOException {
    assertThat(derive(loop, VIRTUAL).unknown()).isNotEmpty();
  }

  /** Functions with variable arguments read all registers. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mov %r9, kept(%rip)\nret",
        "mov %r9, -8(%rsp)\nlea -8(%rsp), %rdi\njmp *(%rdi)",
        "mov %r9, %rsi\n" + VIRTUAL,
        "call *%r9\nret",
        "jmp *%r9",
      })
  void functionsThatUseTheRegisterGetTheAddress(String other) throws IOException {
    assertThat(derive(CALL + OTHER, other).unknown()).isNotEmpty();
  }

  @Test
  void theRuleCanBeLeftOut() throws IOException {
    DeriveOptions without = DeriveOptions.PLAIN.withoutRules(Set.of("argument-order"));
    Path program = build(CALL + OTHER, VIRTUAL);
    assertThat(Derivers.SHARED.derive(program, without).unknown()).isNotEmpty();
  }
}
