package dev.hardwire.derive.module;

import static dev.hardwire.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Assembly;
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

/** Functions that are called through pointers in data, which are found there. */
@Tag("system")
class PointersInDataTest {
  private static final String CALLED =
      function("one", "mov $39, %eax\nsyscall\nret")
          + function("two", "mov $102, %eax\nsyscall\nret");

  @TempDir private Path folder;

  private Set<String> derive(String code, String... options) throws IOException {
    Path program = Assembly.build(folder, CALLED + code, options);
    return Derivers.SHARED.derive(program, DeriveOptions.PLAIN).names();
  }

  /** The linker gives .tbss the addresses of the section that follows it. */
  @ParameterizedTest
  @ValueSource(strings = {"-static", "-static-pie"})
  void threadLocalSpaceDividesNoObjects(String kind) throws IOException {
    String code =
        function("_start", "lea table(%rip), %rbx\ncall *8(%rbx)\ncall stop")
            + ".section .tbss,\"awT\",@nobits\n.skip 8\n"
            + ".section .data.rel.ro,\"aw\"\ntable: .quad one, two\n";
    assertThat(derive(code, kind)).containsExactly("exit", "getpid", "getuid");
  }

  /** In packed structures of programs with fixed addresses, where no relocation names them. */
  @ParameterizedTest
  @ValueSource(strings = {"-static", "-static-pie"})
  void pointersMayBeAtAnyPlace(String kind) throws IOException {
    String code =
        function("_start", "lea table(%rip), %rbx\ncall *1(%rbx)\ncall stop")
            + ".section .data.rel.ro,\"aw\"\ntable: .byte 1\n.quad one\n.byte 2\n.quad two\n";
    assertThat(derive(code, kind)).containsExactly("exit", "getpid", "getuid");
  }

  /** A library of which nothing but a variable of threads is used. */
  @Test
  void variablesOfThreadsMayBeThoseOfOtherFiles() throws IOException {
    Path source = folder.resolve("library.s");
    Files.writeString(
        source,
        function("three", "mov $110, %eax\nsyscall\nret")
            + ".globl variable\n.type variable,@object\n.size variable,8\n"
            + ".section .tdata,\"awT\"\nvariable: .quad three\n");
    Path library = folder.resolve("library.so");
    Gcc.run("-nostdlib", "-shared", "-o", library, source);
    String code =
        function(
            "_start",
            "mov variable@GOTTPOFF(%rip), %rax\nmov %fs:(%rax), %rax\ncall *%rax\ncall stop");
    assertThat(derive(code, "-pie", "-Wl,--no-as-needed," + library)).contains("getppid");
  }

  /** A loop that does not run begins with the second element. */
  @ParameterizedTest
  @ValueSource(strings = {"8", "16"})
  void codeMayLeadIntoTheMiddleOfAnArray(String middle) throws IOException {
    String code =
        function("_start", "lea table(%rip), %rbx\ncall *(%rbx,%rdi,8)\ncall stop")
            + function("other", "lea table+" + middle + "(%rip), %rbx\nmov (%rbx), %rbx\nret")
            + ".section .data.rel.ro,\"aw\"\n.balign 32\ntable: .quad one, one, one, two\n";
    assertThat(derive(code, "-static-pie")).containsExactly("exit", "getpid", "getuid");
  }

  /** As tables of handlers by tokens: the first index is that of a letter. */
  @Test
  void arraysMayStartBehindTheAddressThatCodeNames() throws IOException {
    String code =
        function("_start", "mov $98, %eax\ncall *table-97*8(,%rax,8)\ncall stop")
            + ".section .data.rel.ro,\"aw\"\n.skip 64\ntable: .quad one, two\n";
    assertThat(derive(code, "-static")).containsExactly("exit", "getpid", "getuid");
  }

  /**
   * Structures that are linked by a part in their middle, and loops that walk back from the end of
   * an array.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "lea table+24(%rip), %rbx\ncall *-24(%rbx)",
        "lea table+24(%rip), %rbx\nlea table+16(%rip), %rcx\ncall *-24(%rbx)",
        "mov link(%rip), %rbx\ncall *-24(%rbx)",
      })
  void addressesMayBeThoseOfTheMiddleOfObjects(String main) throws IOException {
    String code =
        function("_start", main + "\ncall stop")
            + ".section .data.rel.ro,\"aw\"\nlink: .quad table+24\n.balign 32\n"
            + "table: .quad one, two, two, two\n";
    assertThat(derive(code, "-static-pie")).containsExactly("exit", "getpid", "getuid");
  }

  /** Loops that go back from an aligned place in the middle or at the end of an array. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "lea table+32(%rip), %rbx\ncall *-32(%rbx)",
        "lea table+32(%rip), %rbx\nlea -32(%rbx), %r12\ncall *(%r12)",
        "lea table+32(%rip), %rbx\n1: call *(%rbx)\nsub $8, %rbx\ndec %ebp\njne 1b",
        "lea table+32(%rip), %rbx\nmov %rbx, %rcx\nadd $-32, %rcx\ncall *(%rcx)",
        "lea table+64(%rip), %rbx\n1: sub $16, %rbx\ncall *(%rbx)\ndec %ebp\njne 1b",
      })
  void codeMayGoBackFromAlignedPlaces(String main) throws IOException {
    String code =
        function("_start", main + "\ncall stop")
            + ".section .data.rel.ro,\"aw\"\n.balign 32\n"
            + "table: .quad one, 0, 0, 0, two, two, two, two\n";
    assertThat(derive(code, "-static-pie")).contains("getpid");
    assertThat(derive(code, "-static-pie", "-s")).contains("getpid");
    assertThat(derive(code, "-static")).contains("getpid");
  }

  /** Other registers, and other directions. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "lea table+32(%rip), %rbx\ncall *8(%rbx)",
        "lea table+32(%rip), %rbx\nadd $8, %rbx\ncall *(%rbx)",
        "lea table+32(%rip), %rbx\ncall *(%rbx)\nmov (%rsp), %rbx\nmov -32(%rbx), %rcx",
        "lea table+32(%rip), %rcx\ncall *(%rcx)\nmov -32(%rcx), %rcx",
      })
  void codeThatGoesForthLeavesOutWhatLiesBefore(String main) throws IOException {
    String code =
        function("_start", main + "\ncall stop")
            + ".section .data.rel.ro,\"aw\"\n.balign 32\n"
            + "table: .quad one, 0, 0, 0, two, two, two, two\n";
    assertThat(derive(code, "-static-pie")).containsExactly("exit", "getuid");
  }

  /** An object that is aligned starts there: what lies before is another one. */
  @Test
  void alignedObjectsAreThoseThatStartThere() throws IOException {
    String code =
        function("_start", "lea table+32(%rip), %rbx\ncall *(%rbx)\ncall stop")
            + ".section .data.rel.ro,\"aw\"\n.balign 32\ntable: .quad one, one, one, one, two\n";
    assertThat(derive(code, "-static-pie")).containsExactly("exit", "getuid");
  }

  @Test
  void twoWordsAreReadAtOnce() throws IOException {
    String code =
        function("_start", "cmpxchg16b table(%rip)\ncall *%rdx\ncall stop")
            + ".data\n.balign 16\ntable: .quad 0, two\n";
    assertThat(derive(code, "-static-pie")).containsExactly("exit", "getuid");
  }
}
