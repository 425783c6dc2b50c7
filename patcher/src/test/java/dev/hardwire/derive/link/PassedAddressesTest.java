package dev.hardwire.derive.link;

import static dev.hardwire.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Assembly;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of functions that code uses in other ways than by a call of a register. */
@Tag("system")
class PassedAddressesTest {
  private static final String CALLED = function("one", "mov $110, %eax\nsyscall\nret");

  @TempDir private Path folder;

  private void findsTheCall(String code, String... options) throws IOException {
    Path program = Assembly.build(folder, CALLED + code, options);
    assertThat(Derivers.SHARED.derive(program, DeriveOptions.PLAIN).names())
        .contains("exit", "getppid")
        .doesNotContain("getuid");
  }

  /** As by gcc's -mindirect-branch=thunk, for any register. */
  @ParameterizedTest
  @ValueSource(strings = {"rax", "rbx", "rbp", "rdx", "r9", "r10", "r11", "r12", "r15"})
  void retpolinesCall(String register) throws IOException {
    String thunk =
        function(
            "thunk", "call 1f\n2: pause\nlfence\njmp 2b\n1: mov %" + register + ", (%rsp)\nret");
    String code = function("_start", "lea one(%rip), %" + register + "\ncall thunk\ncall stop");
    findsTheCall(thunk + code, "-static");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rax", "r12"})
  void functionsJumpToRegisters(String register) throws IOException {
    String thunk = function("thunk", "lfence\njmp *%" + register);
    String code = function("_start", "lea one(%rip), %" + register + "\ncall thunk\ncall stop");
    findsTheCall(thunk + code, "-static-pie");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rcx", "rbx", "r8", "r15"})
  void registersAreExchanged(String register) throws IOException {
    String code = "lea one(%rip), %rax\nxchg %rax, %" + register + "\ncall *%" + register;
    findsTheCall(function("_start", code + "\ncall stop"), "-static-pie");
  }

  /** Deep in the stack, where others get the address. */
  @Test
  void addressesThatWerePushedArePassedOn() throws IOException {
    String code = "lea one(%rip), %rcx\npush %rcx\nmov %rsp, %rdi\nsub $128, %rsp\ncall keep";
    findsTheCall(
        function("keep", "mov (%rdi), %rax\nmov %rax, kept(%rip)\nret")
            + function("_start", code + "\ncall *kept(%rip)\ncall stop")
            + ".bss\nkept: .quad 0\n",
        "-static-pie");
  }

  /** What gets the address of a part of an object, or of its end, may read the rest. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "lea 136(%rsp), %rdi\ncall back",
        "lea 136(%rsp), %rcx\nmov $-5, %rdx\ncall *(%rcx,%rdx,8)",
        "lea 136(%rsp), %rcx\nlea 16(%rsp), %rdx\n"
            + "1: sub $8, %rcx\nmov (%rcx), %rax\ncmp %rdx, %rcx\njne 1b\ncall *80(%rcx)",
      })
  void addressesAreFoundBelowWhatIsPassed(String use) throws IOException {
    String code = "sub $256, %rsp\nlea one(%rip), %rax\nmov %rax, 96(%rsp)\n" + use;
    findsTheCall(
        function("back", "call *-40(%rdi)\nret") + function("_start", code + "\ncall stop"),
        "-static-pie");
  }

  private static final List<String> KEEPING =
      List.of(
          "push %rbx\npop %rbx\nret",
          "sub $200, %rsp\nmovl $1, (%rsp)\nadd $200, %rsp\nret",
          "push %rbx\ncall leaf\npop %rbx\nret",
          "push %rbp\nmov %rsp, %rbp\npxor %xmm0, %xmm0\nmovups %xmm0, -64(%rbp)\nleave\nret",
          "push %rbx\n.rept 60\nadd %rbx, 8(%rbx)\n.endr\npop %rbx\nret",
          "push %rsi\npush %r8\nxor %esi, %esi\nmov $1, %r8d\npop %r8\npop %rsi\nret",
          "push %rbx\ntest %ebx, %ebx\nje 1f\ncall small\n1: pop %rbx\nret");

  /** GCC keeps values in registers that the functions of a file do not change (-fipa-ra). */
  @ParameterizedTest
  @CsvSource({
    "rsi, call *%rsi",
    "r8, call *%r8",
    "r10, call *%r10",
    "r11, 'mov %r11, %rax\ncall *%rax'",
    "rsi, 'mov %rsi, %rdi\ncall calls'",
    "rdi, call calls",
    "rdi, jmp calls",
    "r8, 'test %ebx, %ebx\nje 1f\nxor %r8d, %r8d\n1: call *%r8'",
    "r8, 'lea 1f(%rip), %rcx\njmp *%rcx\n1: call *%r8'"
  })
  void calledFunctionsKeepRegisters(String register, String use) throws IOException {
    for (String small : KEEPING) {
      findsTheCall(keeping(small, register, use.replace("\\n", "\n")), "-static-pie");
    }
  }

  private static String keeping(String small, String register, String use) {
    return function("small", small)
        + function("leaf", "xor %eax, %eax\nret")
        + function("calls", "call *%rdi\ncall stop")
        + function(
            "_start", "lea one(%rip), %" + register + "\ncall small\n" + use + "\ncall stop");
  }

  /** The register is changed, or not used any more. */
  @ParameterizedTest
  @CsvSource({
    "'push %rbx\nxor %esi, %esi\npop %rbx\nret', call *%rsi",
    "'push %rbx\ncall changes\npop %rbx\nret', call *%rsi",
    "'push %rbx\npop %rbx\nret', nop",
    "'push %rbx\npop %rbx\nret', 'xor %esi, %esi\nmov %rsi, kept(%rip)'",
  })
  void calledFunctionsChangeRegisters(String small, String use) throws IOException {
    String code =
        keeping(small.replace("\\n", "\n"), "rsi", use.replace("\\n", "\n"))
            + function("changes", "mov $1, %esi\nret")
            + ".bss\nkept: .quad 0\n";
    Path program = Assembly.build(folder, CALLED + code, "-static-pie");
    assertThat(Derivers.SHARED.derive(program, DeriveOptions.PLAIN).names())
        .contains("exit")
        .doesNotContain("getppid");
  }

  @Test
  void returnsLeadToWhatWasPushed() throws IOException {
    String code =
        "lea 1f(%rip), %rcx\npush %rcx\nlea one(%rip), %rcx\npush %rcx\nret\n1: call stop";
    findsTheCall(function("_start", code), "-static");
  }

  /** In programs with fixed addresses, the address of a library's function is its PLT entry. */
  @ParameterizedTest
  @ValueSource(strings = {"mov $two, %ebx\ncall *%rbx", "movabs $two, %rax\ncall *%rax"})
  void entriesOfThePltAreCalledThroughRegisters(String use) throws IOException {
    String code =
        function("_start", "mov $110, %edi\n" + use + "\ncall stop")
            + function("unused", "call two@PLT\nret");
    findsTheCallWithLibrary(code, "-no-pie");
  }

  /** What jumps through a slot at once is no more than another address of a library's function. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "lea jumper(%rip), %rdi\ncall keep",
        "lea jumper(%rip), %rax\nmov %rax, (%rsp)\ncall *(%rsp)",
        "lea three@PLT(%rip), %rdi\ncall keep",
        "lea three@PLT(%rip), %rcx\nmov %rcx, kept(%rip)",
      })
  void addressesOfEntriesOfThePltArePassedOn(String use) throws IOException {
    String code =
        function("jumper", "jmp *three@GOTPCREL(%rip)")
            + function("keep", "mov %rdi, kept(%rip)\nret")
            + function("_start", use + "\ncall stop")
            + ".bss\nkept: .quad 0\n";
    findsTheCallWithLibrary(code, "-pie");
  }

  /** As by gcc's -mcmodel=large in code that may lie anywhere. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "movabs $one@GOTOFF, %rax\nadd %rbx, %rax\ncall *%rax",
        "movabs $table@GOTOFF, %rax\nadd %rbx, %rax\nmov 8(%rax), %rax\ncall *(%rax)",
        "movabs $three@GOT, %rax\nmov (%rbx,%rax), %rax\ncall *%rax",
        "movabs $two@PLTOFF, %rax\nadd %rbx, %rax\ncall *%rax"
      })
  void addressesMayBeDistancesFromTheGlobalOffsetTable(String use) throws IOException {
    String table =
        "1: lea 1b(%rip), %rbx\nmovabs $_GLOBAL_OFFSET_TABLE_-1b, %r11\nadd %r11, %rbx\n";
    String code =
        function("_start", table + "mov $110, %edi\n" + use + "\ncall stop")
            + ".section .data.rel.ro,\"aw\"\ntable: .quad 0, pointer\npointer: .quad one\n";
    findsTheCallWithLibrary(code, "-pie");
  }

  private void findsTheCallWithLibrary(String code, String kind) throws IOException {
    findsTheCall(code, "-Wl,--no-as-needed," + library(), kind, "-Wl,-rpath," + folder);
  }

  private String library() throws IOException {
    Path source = folder.resolve("library.s");
    String two = function("two", "mov %edi, %eax\nsyscall\nret");
    String three = function("three", "mov $110, %eax\nsyscall\nret");
    Files.writeString(source, ".globl two, three\n.text\n" + two + three);
    Path library = folder.resolve("library.so");
    Gcc.run("-nostdlib", "-shared", "-o", library, source);
    return library.toString();
  }
}
