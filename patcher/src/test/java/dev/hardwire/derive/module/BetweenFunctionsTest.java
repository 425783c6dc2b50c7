package dev.hardwire.derive.module;

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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Code and data that only look as if they led into what follows them. */
@Tag("system")
class BetweenFunctionsTest {
  @TempDir private Path folder;

  /** The code, which nothing describes, lies before a function that calls sync(2). */
  private Derivation before(String code) throws IOException {
    return Derivers.SHARED.derive(
        Assembly.build(
            folder,
            "first: "
                + code
                + "\n"
                + function("second", "mov $162, %eax\nsyscall\ncall stop")
                + function("_start", "jmp first"),
            "-static"),
        DeriveOptions.PLAIN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jmp stop\nnopl 0(%rax)",
        "jmp stop\nnop\nnopw 0(%rax,%rax,1)\nnop",
        "jmp stop\n.byte 0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0",
        "ret\nxchg %ax, %ax",
      })
  void paddingIsNotRunInto(String code) throws IOException {
    assertThat(before(code).names()).doesNotContain("sync");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mov $1, %eax\nnopl 0(%rax)",
        "nopl 0(%rax)\nmov $1, %eax",
        "test %edi, %edi\nje 1f\njmp stop\n1: nopl 0(%rax)",
        "test %edi, %edi\nje 1f\njmp stop\nnop\n1: nopw 0(%rax,%rax,1)",
      })
  void codeThatReachesItsEndRunsOn(String code) throws IOException {
    assertThat(before(code).names()).contains("sync");
  }

  private Derivation library(String code, String main) throws IOException {
    Path source = folder.resolve("library.c");
    Files.writeString(
        source,
        """
        static void hidden(void) {
          long result;
          __asm__ volatile("syscall" : "=a"(result) : "0"(162) : "rcx", "r11", "memory");
        }
        void nothing(void) {}
        """
            + code);
    Path library = folder.resolve("liblibrary.so");
    Gcc.run("-O1", "-shared", "-fPIC", "-o", library, source);
    Path program = folder.resolve("main.c");
    Files.writeString(program, "void call(void), nothing(void);\nint main(void) { " + main + " }");
    Path made = folder.resolve("main");
    Gcc.run("-O1", "-o", made, program, library, "-Wl,-rpath," + folder);
    return Derivers.SHARED.derive(made, DeriveOptions.PLAIN);
  }

  /** The first word of a library's data is its handle, which leads nowhere. */
  private static final String AFTER_HANDLE =
      """
      void (*pointer)(void) __attribute__((visibility("hidden"))) = hidden;
      void set(void (*other)(void)) { pointer = other; }
      void call(void) { pointer(); }
      """;

  @Test
  void theHandleOfALibraryIsOneWord() throws IOException {
    assertThat(library(AFTER_HANDLE, "nothing();").names()).doesNotContain("sync");
  }

  @Test
  void whatFollowsTheHandleCountsWhereItIsUsed() throws IOException {
    assertThat(library(AFTER_HANDLE, "call();").names()).contains("sync");
  }

  /** Variables of threads that start as zero have the addresses of what follows in the file. */
  @Test
  void whatFollowsVariablesOfThreadsIsNotTheirs() throws IOException {
    String code =
        """
        __thread char space[999];
        void call(void) { space[0]++; }
        __attribute__((constructor)) static void start(void) { hidden(); }
        """;
    assertThat(library(code, "call();").names()).doesNotContain("sync");
  }

  @Test
  void pointersInVariablesOfThreadsCount() throws IOException {
    String code = "__thread void (*pointer)(void) = hidden;\nvoid call(void) { pointer(); }";
    assertThat(library(code, "call();").names()).contains("sync");
  }

  /** Data, or the rest of an instruction, before a place that code jumps to. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "jmp 1f\n.byte 0x48, 0xb8\n1: mov $162, %eax\nsyscall\nnop\nnop\nnop\ncall stop",
        "jmp 1f+2\n1: .byte 0x48, 0xb8\nmov $162, %eax\nsyscall\nnop\nnop\nnop\ncall stop",
        "test %edi, %edi\nje 1f\ncall stop\n.byte 0x81\n1: mov $162, %eax\nsyscall\ncall stop",
      })
  void codeInsideOfWhatLooksLikeAnInstructionIsFound(String code) throws IOException {
    Path program = Assembly.build(folder, function("_start", code), "-static");
    Derivation found = Derivers.SHARED.derive(program, DeriveOptions.PLAIN);
    assertThat(found.names()).contains("sync");
    assertThat(found.unknown()).isEmpty();
  }

  /** Pointers lead behind data, of code that unwind information describes and of other code. */
  @ParameterizedTest
  @CsvSource({"-static, call first", "-static-pie, call *one(%rip)"})
  void somethingLeadsInsideOfWhatLooksLikeAnInstruction(String kind, String call)
      throws IOException {
    String code =
        "ret\n.byte 0x48, 0xb8, 0x0f\n%s: mov $%d, %%eax\nsyscall\nnop\nret\nnop\nnop\nnop\n";
    Path program =
        Assembly.build(
            folder,
            function("_start", call + "\ncall *two(%rip)\ncall stop")
                + function("described", code.formatted("first", 162))
                + code.formatted("second", 39)
                + ".section .data.rel.ro,\"aw\"\none: .quad first\ntwo: .quad second\n",
            kind);
    Derivation found = Derivers.SHARED.derive(program, DeriveOptions.PLAIN);
    assertThat(found.names()).contains("sync", "getpid");
    assertThat(found.unknown()).isEmpty();
  }

  /** In files with fixed addresses, words that look like addresses may be numbers. */
  @Test
  void numbersDoNotLeadInsideOfInstructions() throws IOException {
    Path program =
        Assembly.build(
            folder,
            function(
                    "_start",
                    "call *word(%rip)\nmov $39, %eax\nbefore: mov $5, %edi\nsyscall\ncall stop")
                + function("one", "ret")
                + ".section .data.rel.ro,\"aw\"\nword: .quad one, before + 3\n",
            "-static");
    Derivation found = Derivers.SHARED.derive(program, DeriveOptions.PLAIN);
    assertThat(found.names()).containsExactly("exit", "getpid");
    assertThat(found.unknown()).isEmpty();
  }

  /** What looks like padding before a function may be the start of another one. */
  @ParameterizedTest
  @ValueSource(strings = {"lea first(%rip), %rax\ncall *%rax", "call first"})
  void functionsMayBeginWithNothingButNops(String call) throws IOException {
    Path program =
        Assembly.build(
            folder,
            function("_start", call + "\ncall stop")
                + "first: nop\nnop\n.balign 16\n"
                + function("second", "mov $162, %eax\nsyscall\nret"),
            "-static");
    assertThat(Derivers.SHARED.derive(program, DeriveOptions.PLAIN).names()).contains("sync");
  }

  /**
   * A function of which one part is reached by a table of jumps only: what was found there counts
   * as well when other code is scanned again, because something leads into it.
   */
  @ParameterizedTest
  @ValueSource(strings = {"call other", "jmp 1f+2\n1: .byte 0x48, 0xb8\nnop"})
  void whatStaysTheSameIsKept(String other) throws IOException {
    String jump = "lea table(%rip), %rcx\nmovslq (%rcx,%rdi,4), %rax\nadd %rcx, %rax\njmp *%rax\n";
    Path program =
        Assembly.build(
            folder,
            function("_start", "call jumps\n" + other + "\ncall stop")
                + "hlt\nnop\nother: mov $39, %eax\nsyscall\nret\n"
                + function("jumps", jump + "here: ret")
                + function("part", "mov $162, %eax\nsyscall\nret")
                + ".section .rodata\n.balign 32\ntable: .long here - table, part - table\n",
            "-static-pie");
    Derivation found = Derivers.SHARED.derive(program, DeriveOptions.PLAIN);
    assertThat(found.names()).contains("exit", "sync");
    assertThat(found.names().contains("getpid")).isEqualTo(other.startsWith("call"));
    assertThat(found.unknown()).isEmpty();
  }

  /**
   * An instruction seemed to start in the middle of another, before it was known what is called.
   */
  @Test
  void instructionsThatOnlySeemedToStartDoNotCount() throws IOException {
    String code =
        """
        .byte 0x48, 0xb8
        called: mov $39, %eax
        syscall
        .byte 0x48, 0xb8, 0, 0, 0, 0
        inside: mov $162, %eax
        syscall
        ret
        nop
        nop
        nop
        ret
        """;
    Path program =
        Assembly.build(
            folder,
            function("_start", "call called\ncall *word(%rip)\ncall stop")
                + code
                + ".section .data.rel.ro,\"aw\"\nword: .quad inside\n",
            "-static");
    assertThat(Derivers.SHARED.derive(program, DeriveOptions.PLAIN).names())
        .contains("getpid", "sync");
  }
}
