package dev.hardwire.derive.flow;

import static dev.hardwire.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Assembly;
import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers in forms that compilers give them, and code that only looks like that. */
@Tag("system")
class FollowedNumbersTest {
  private static final String WRAPPER = function("wrapper", "mov %rdi, %rax\nsyscall\nret");
  private static final String JUMP =
      function(
          "_start",
          "mov $102, %eax\ntest %edi, %edi\njne 1f\njmp *word(%rip)\n1: mov $39, %eax\nlabel:"
              + " syscall\ncall stop");
  private static final String RODATA = ".section .rodata\n.balign 4\n";

  @TempDir private Path folder;

  private Derivation derive(String code, String... options) throws IOException {
    return Derivers.SHARED.derive(Assembly.build(folder, code, options), DeriveOptions.PLAIN);
  }

  private void isKnown(String code, String kind, String... names) throws IOException {
    Derivation found = derive(code, kind);
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).containsExactlyInAnyOrder(names);
  }

  private void isNotKnown(String code, String... options) throws IOException {
    assertThat(derive(code, options).unknown()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "xor %eax, %eax\nmov $39, %al\nsyscall",
        "mov $0xff, %eax\nmov $39, %al\nsyscall",
        "push $39\npop %rax\nsyscall",
        "sub %rsi, %rsp\npush $39\npop %rax\nsyscall",
        "mov (%rsi), %eax\ncmp $39, %eax\njne 1f\nsyscall\n1:",
        "mov (%rsi), %rax\ncmp $39, %rax\nje 1f\ncall stop\n1: syscall",
        "mov (%rsi), %eax\nsub $1, %eax\nmov $5, %ecx\njne 1f\nadd $39, %eax\nsyscall\n1:",
        "mov (%rsi), %ecx\nsub (%rdi), %ecx\njne 1f\nlea 39(%rcx), %eax\nsyscall\n1:",
        "mov $39, %eax\ntest %edi, %edi\nje 1f\nhlt\n1: syscall",
        "mov (%rsi), %eax\nmov $39, %eax\ntest %edi, %edi\nje 1f\nhlt\nsyscall\n1: ",
        "sub %rdi, %rcx\nmov %rcx, %rax\nje 1f\nxor %eax, %eax\n1: add $39, %eax\nsyscall",
        "sub %rdi, %rcx\nmov %rcx, (%rsi)\nmov %rcx, %rdx\nmov %rdx, %rax\nmov %rsi, %rcx\n"
            + "jne 1f\nadd $39, %eax\nsyscall\n1:", // musl's readv(2) that becomes read(2)
        "sub $16, %rsp\nmovl $39, 4(%rsp)\nmov 4(%rsp), %eax\ncltq\nsyscall",
        "sub $16, %rsp\nmovl $39, 4(%rsp)\nmovslq 4(%rsp), %rax\nsyscall",
        "sub $16, %rsp\nmovl $0x127, 4(%rsp)\nmovzbl 4(%rsp), %eax\nsyscall",
      })
  void oneNumberIsKnown(String body) throws IOException {
    isKnown(function("_start", body + "\ncall stop"), "-static", "exit", "getpid");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mov (%rsi), %eax\nmov $39, %al\nsyscall", // the rest is not known
        "mov (%rsi), %eax\nmov $0, %ah\nmov $39, %al\nsyscall",
        "push $39\nmov %rsi, (%rsp)\npop %rax\nsyscall",
        "mov %rsp, %rbp\nsub %rsi, %rsp\npush $39\nmov %rdi, -8(%rbp)\nadd %rsi, %rsp\n"
            + "mov -8(%rbp), %rax\nsyscall",
        "mov (%rsi), %eax\ntest %ax, %ax\njne 1f\nsyscall\n1:", // 16 bits
        "mov (%rsi), %eax\ntest %eax, %eax\nmov %edi, %eax\njne 1f\nsyscall\n1:",
        "mov (%rsi), %eax\ntest %eax, %eax\ninc %ecx\njne 1f\nsyscall\n1:",
        "mov (%rsi), %eax\ntest %ecx, %eax\njne 1f\nsyscall\n1:",
        "mov %rcx, %rax\nsub %rdi, %rcx\njne 1f\nsyscall\n1:",
        "sub %rdi, %rcx\nmov %rcx, %rax\nje 1f\nsyscall\n1:",
        "sub %rdi, %rcx\nmov %rdx, %rax\njne 1f\nsyscall\n1:",
        "sub %rdi, %rcx\nmov %rcx, %rax\nmov %rsi, %rax\njne 1f\nsyscall\n1:",
        "sub %rdi, %rcx\nmov %rcx, %rax\nmov %sil, %al\njne 1f\nsyscall\n1:",
        "sub %rdi, %rcx\nmov %rsi, %rcx\nmov %rcx, %rax\njne 1f\nsyscall\n1:",
        "sub %rdi, %rcx\nmov %rcx, %rax\ndec %rsi\njne 1f\nsyscall\n1:",
        "mov (%rsi), %eax\ntest %eax, %eax\njle 1f\nsyscall\n1:",
        "mov (%rsi), %eax\ntest %eax, %eax\nje 1f\nsyscall\n1:",
        "mov (%rsi), %eax\ncmp $39, %eax\njmp 1f\n1: jne 2f\nsyscall\n2:", // others may jump there
        "mov (%rsi), %eax\nhlt\nsyscall",
        "mov (%rsi), %eax\ncltq\nsyscall",
        "sub $16, %rsp\nmov %esi, 4(%rsp)\nmovb $39, 4(%rsp)\nmov 4(%rsp), %eax\nsyscall",
        "sub $16, %rsp\nmov %rsp, %rbp\nmovl $39, 4(%rbp)\nmov %esi, (%rdi,%rbp)\n"
            + "mov 4(%rbp), %eax\nsyscall",
        "sub $16, %rsp\nmov %rsp, %rbp\nmovl $39, 4(%rbp)\nand $1, %edi\n"
            + "mov %esi, (%rbp,%rdi,4)\nmov 4(%rbp), %eax\nsyscall",
        "sub $16, %rsp\nmov %rsp, %rbp\nmovl $39, 4(%rbp)\nand $1, %edi\n"
            + "mov %esi, 3(%rdi,%rbp)\nmov 4(%rbp), %eax\nsyscall",
        "sub $16, %rsp\nmov %rsp, %rbp\nmovl $39, 4(%rbp)\nand $1, %edi\n"
            + "lea (%rbp,%rdi,4), %rcx\ncall stores\nmov 4(%rbp), %eax\nsyscall",
        "sub $16, %rsp\nmov %rsp, %rbp\nmovl $39, 4(%rbp)\nmov $4, %ecx\n"
            + "add %rbp, %rcx\ncall stores\nmov 4(%rbp), %eax\nsyscall",
        "mov $39, %eax\nud2\nsyscall", // where something else leads, if it runs
        "mov $40, %ecx\nmov %ecx, %eax\nloop 1f\n1: mov %ecx, %eax\nsyscall",
        "mov $39, %eax\nxbegin 1f\n1: syscall",
        "mov $39, %eax\nenter $8, $0\nmovq $102, (%rsp)\nmov 8(%rsp), %rax\nsyscall",
      })
  void whatOnlyLooksLikeANumberIsNot(String body) throws IOException {
    isNotKnown(
        function("stores", "mov %esi, (%rcx)\nret") + function("_start", body + "\ncall stop"),
        "-static");
  }

  /** What a call of i386 is, if the upper half of the register is not zero. */
  @Test
  void halfOfARegisterIsNotZero() throws IOException {
    isNotKnown(
        function(
            "_start",
            "mov (%rsi), %rax\ntest %eax, %eax\njne 1f\nshr $32, %rax\nsyscall\n1: call stop"),
        "-static");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "test %rsi, %rsi\nsete %al\nmovzbl %al, %eax\nadd $39, %eax\nsyscall",
        "xor %eax, %eax\ntest %rsi, %rsi\nsetne %al\nadd $39, %eax\nsyscall",
      })
  void bothValuesOfAConditionCount(String body) throws IOException {
    isKnown(function("_start", body + "\ncall stop"), "-static", "exit", "getpid", "sendfile");
  }

  private static final String FROM_TABLE = "lea table(%rip), %rdx\nmov (%rdx,%rdi,4), %eax";

  private static String fromTable(String bound, String load) {
    return function("_start", bound + "\n" + load + "\nsyscall\n9: call stop");
  }

  /** The numbers that an index within bounds leads to count, and no others. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "and $1, %edi",
        "and $1, %rdi",
        "cmp $1, %rdi\nja 9f",
        "cmp $2, %rdi\njae 9f",
        "cmp $1, %edi\nja 9f\nmov %edi, %edi",
        "cmp $1, %edi\nja 9f\nmovslq %edi, %rdi",
        "mov %edi, %esi\nmov (%rcx), %edi\ncmp $1, %edi\njbe 1f\ncall stop\n1:",
        "test %rsi, %rsi\nsetne %al\nmovzbl %al, %edi",
        "sub $16, %rsp\nand $1, %edi\nmov %edi, 4(%rsp)\nmov %rsi, %rdi\nmov 4(%rsp), %edi",
      })
  void numbersComeFromConstantTables(String bound) throws IOException {
    for (String options : new String[] {"-static", "-static-pie"}) {
      isKnown(
          fromTable(bound, FROM_TABLE) + RODATA + "table: .long 39, 102, 104\n",
          options,
          "exit",
          "getpid",
          "getuid");
    }
    isKnown(
        fromTable("sub $100, %edi\n" + bound, "lea 100(%rdi), %rdi\nand $1, %edi\n" + FROM_TABLE)
            + RODATA
            + "table: .long 39, 102, 104\n",
        "-static",
        "exit",
        "getpid",
        "getuid");
  }

  /** As compilers read elements without optimisation, and elements of other sizes. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ".long | lea 0(,%rdi,4), %rcx; lea table(%rip), %rdx; mov (%rcx,%rdx), %eax; cltq",
        ".long | lea table(%rip), %rdx; lea (%rdx,%rdi,4), %rdx; mov (%rdx), %eax",
        ".long | lea table(%rip), %rdx; lea (%rdx,%rdi,4), %rdx; movslq (%rdx), %rax",
        ".long | lea table-8(%rip), %rdx; movslq 8(%rdx,%rdi,4), %rax",
        ".byte | lea table(%rip), %rdx; movzbl (%rdx,%rdi), %eax",
        ".word | lea table(%rip), %rdx; movzwl (%rdx,%rdi,2), %eax",
        ".quad | lea table(%rip), %rdx; mov (%rdx,%rdi,8), %rax",
      })
  void elementsAreReadInManyForms(String size, String load) throws IOException {
    for (String options : new String[] {"-static", "-static-pie"}) {
      isKnown(
          fromTable("and $1, %edi", load.replace("; ", "\n"))
              + RODATA
              + ".long 110, 110\ntable: %s 39, 102, 104\n".formatted(size),
          options,
          "exit",
          "getpid",
          "getuid");
    }
  }

  /** The upper half of an index that is not compared leads out of every file, or is zero. */
  @ParameterizedTest
  @ValueSource(strings = {"cmp $1, %edi\nja 9f", "cmp $1, %edi\njbe 1f\ncall stop\n1:"})
  void onlyTheLowerHalfOfAnIndexIsCompared(String bound) throws IOException {
    String code = fromTable(bound, FROM_TABLE) + RODATA + "table: .long 39, 102\n";
    Derivation found = derive(code, "-static-pie");
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).containsExactlyInAnyOrder("exit", "getpid", "getuid");
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("table-index: "));
    isNotKnown(
        fromTable(bound, "lea table(%rip), %rdx\nlea (%rdx,%rdi,4), %rdx\nmov (%rdx), %eax")
            + RODATA
            + "table: .long 39, 102\n",
        "-static-pie");
  }

  /** The number may be extended, as that of a call with arguments of 64 bits. */
  @Test
  void numbersOfTablesMayBeExtended() throws IOException {
    String load = "lea table(%rip), %rdx\nmovslq (%rdx,%rdi,4), %rdi\ncall wrapper\ncall stop";
    isKnown(
        WRAPPER
            + function("_start", "and $1, %edi\n" + load)
            + RODATA
            + "table: .long 39, 102, 104\n",
        "-static",
        "exit",
        "getpid",
        "getuid");
  }

  /** Addresses of functions go through registers of SSE, too, as those of an array do. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "movq %rax, %xmm2\nmovaps %xmm2, (%rsp)\ncall *(%rsp,%rdi,8)",
        "mov %rax, 16(%rsp)\nmovq 16(%rsp), %xmm0\nmovaps %xmm0, (%rsp)\ncall *(%rsp,%rdi,8)",
        "mov %rax, 16(%rsp)\nmovhps 16(%rsp), %xmm0\nmovaps %xmm0, (%rsp)\ncall *(%rsp,%rdi,8)",
      })
  void addressesInVectorsCount(String body) throws IOException {
    isKnown(
        function("other", "mov $39, %eax\nsyscall\nret")
            + function("_start", "sub $32, %rsp\nlea other(%rip), %rax\n" + body + "\ncall stop"),
        "-static",
        "exit",
        "getpid");
  }

  /** An address to which a number was added is found where that is taken off again. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mov $8, %ecx\nadd %rcx, %rax",
        "mov $8, %ecx\nadd %rax, %rcx\nmov %rcx, %rax",
        "mov $8, %ecx\nlea (%rax,%rcx), %rax",
        "mov $8, %ecx\nlea (%rcx,%rax), %rax",
        "mov $1, %ecx\nlea (%rax,%rcx,8), %rax",
        "and $8, %ecx\nadd %rcx, %rax",
      })
  void addressesThatAreMovedCount(String moves) throws IOException {
    isKnown(
        function("other", "mov $39, %eax\nsyscall\nret")
            + function(
                "_start",
                "lea other(%rip), %rax\n" + moves + "\nmov %rax, kept(%rip)\ncall calls\ncall stop")
            + function("calls", "mov kept(%rip), %rax\nsub $8, %rax\ncall *%rax\nret")
            + ".bss\nkept: .quad 0\n",
        "-static-pie",
        "exit",
        "getpid");
  }

  /** An index that is not known to be within bounds leads elsewhere, too. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "cmp $1, %edi\nja 9f\nnot %rdi",
        "cmp $1, %rdi\njg 9f", // it may be negative
        "cmp $1, %rdi\njbe 9f",
        "cmp $1, %rdi\ninc %rdi\nja 9f",
        "and $1, %edi\nadd $4, %edi",
        "and $1, %edi\nsub $1, %edi",
        "and $1, %edi\nnot %rdi",
        "and $1, %edi\nadd %rsi, %rdi",
        "and $1, %edi\nlea 1(%rdi,%rdi), %rdi",
        "and $1, %edi\ntest %esi, %esi\nje 1f\nmov %rsi, %rdi\n1:",
        "and $1, %edi\ntest %esi, %esi\ncmove %rsi, %rdi",
        "and $1, %edi\n1: inc %rdi\ntest %esi, %esi\nje 1b",
        "and $-2, %edi",
        "and $1, %di",
        "and $1, %edi\nmov %esi, %edi",
        "and $1, %edi\nmov %si, %di",
        "and $1, %edi\nxchg %rsi, %rdi",
        "and $1, %edi\ncall other",
        "sub $16, %rsp\nand $1, %edi\nmov %edi, 4(%rsp)\nmov 4(%rsp), %rdi",
        "sub $16, %rsp\nand $1, %edi\nmov %edi, 4(%rsp)\nmov %si, 4(%rsp)\nmov 4(%rsp), %edi",
      })
  void withoutBoundsNoTableIsRead(String bound) throws IOException {
    isNotKnown(
        function("other", "mov %rsi, %rdi\nret")
            + fromTable(bound, FROM_TABLE)
            + RODATA
            + "table: .long 39, 102\n"
            + ".long 104\n".repeat(100),
        "-static");
  }

  /** What was taken off the index may be taken off the address, where another object is. */
  @Test
  void anObjectBeforeTheTableIsNone() throws IOException {
    isNotKnown(
        fromTable(
                "lea -64(%rdi), %eax\ncmp $1, %eax\nja 9f",
                "lea table-256(%rip), %rdx\nmov (%rdx,%rdi,4), %eax")
            + RODATA
            + ".balign 32\nbefore: "
            + ".long 104\n".repeat(64)
            + "table: .long 39, 102\n",
        "-static");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".data\ntable: .long 39, 102\n", // code may write it
        RODATA + "table: .long 39, 0x12345\n",
        RODATA + "table: .long 39, -1\n",
      })
  void otherTablesHaveNoNumbers(String table) throws IOException {
    isNotKnown(fromTable("and $1, %edi", FROM_TABLE) + table, "-static");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mov %esi, %eax\nsete %al\nsyscall",
        "mov (%rsi), %al\nmovzbl %al, %eax\nsyscall",
        "sete %al\nmov (%rsi), %al\nmovzbl %al, %eax\nsyscall",
        "sete %al\nmovzwl %ax, %eax\nsyscall",
        "test %esi, %esi\nmov %edi, %eax\nje 1f\nsete %al\n1: movzbl %al, %eax\nsyscall",
      })
  void whatOnlyLooksLikeAConditionIsNot(String body) throws IOException {
    isNotKnown(function("_start", body + "\ncall stop"), "-static");
  }

  /** With fixed addresses, tables have addresses of 64 bits. */
  @Test
  void tablesOfAddressesAreFollowed() throws IOException {
    String code =
        """
        mov $39, %ebx
        cmp $1, %rdi
        ja 3f
        jmp *table(,%rdi,8)
        1: mov %ebx, %eax
        syscall
        call stop
        2: lea 63(%rbx), %eax
        syscall
        3: call stop
        """;
    isKnown(
        function("_start", code) + RODATA + ".balign 8\ntable: .quad 1b, 2b\n",
        "-static",
        "exit",
        "getpid",
        "getuid");
  }

  /** Read past its end, the first table would lead into the middle of instructions. */
  @Test
  void aTableEndsWhereAnotherObjectBegins() throws IOException {
    String jump =
        "lea %s(%%rip), %%rdx\nmovslq (%%rdx,%%rdi,4), %%rax\nadd %%rdx, %%rax\njmp *%%rax\n";
    String code =
        "mov $39, %ebx\n"
            + "test %esi, %esi\nje 4f\n"
            + jump.formatted("one")
            + "1: mov %ebx, %eax\nsyscall\ncall stop\n"
            + "2: mov $102, %eax\nsyscall\ncall stop\n"
            + "4: mov $39, %ebx\n"
            + jump.formatted("two")
            + "5: mov %ebx, %eax\nsyscall\ncall stop\n"
            + "6: mov $0xb8, %ecx\ncall stop\n";
    isKnown(
        function("_start", code)
            + RODATA
            + "one: .long 1b-one, 2b-one\ntwo: .long 5b-two, 6b-two\n",
        "-static-pie",
        "exit",
        "getpid",
        "getuid");
  }

  /** A function may compute where to jump from its own start, too. */
  @Test
  void aFunctionsStartIsALabel() throws IOException {
    String code =
        """
        mov $39, %ebx
        lea begin(%rip), %rdx
        add %rsi, %rdx
        test %edi, %edi
        je 1f
        jmp *%rdx
        1: mov $102, %ebx
        mov %ebx, %eax
        syscall
        call stop
        """;
    isNotKnown(function("_start", "call begin\n") + function("begin", code), "-static-pie");
  }

  /** What leads elsewhere, and many entries, do not end a table: behind them, others count. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        ".quad 1b, stop, 2b",
        ".quad 1b, 0x1234, 2b",
        ".long 1b-table, stop-table, 2b-table",
        ".long 1b-table, 0x7fff0000, 2b-table",
        ".rept 5000\n.long 1b-table\n.endr\n.long 2b-table",
      })
  void allOfATableIsRead(String table) throws IOException {
    boolean wide = table.startsWith(".quad");
    String jump =
        wide
            ? "jmp *table(,%rdi,8)\n"
            : "lea table(%rip), %rdx\nmovslq (%rdx,%rdi,4), %rax\nadd %rdx, %rax\njmp *%rax\n";
    String code =
        "mov $39, %ebx\n" + jump + "1: mov $102, %ebx\n2: mov %ebx, %eax\nsyscall\n3: call stop\n";
    isKnown(
        function("_start", code) + RODATA + ".balign 32\ntable: " + table + "\n",
        wide ? "-static" : "-static-pie",
        "exit",
        "getpid",
        "getuid");
  }

  /** One jump for two tables leads to what both have, with what is known before it. */
  @Test
  void aJumpThatIsNotKnownLeadsToAllTables() throws IOException {
    String code =
        """
        mov $39, %ebx
        lea one(%rip), %rdx
        lea two(%rip), %rcx
        test %esi, %esi
        cmove %rcx, %rdx
        movslq (%rdx,%rdi,4), %rax
        add %rdx, %rax
        jmp *%rax
        1: mov $102, %ebx
        2: mov %ebx, %eax
        syscall
        3: call stop
        """;
    isKnown(
        function("_start", code) + RODATA + "one: .long 1b-one\ntwo: .long 3b-two, 2b-two\n",
        "-static-pie",
        "exit",
        "getpid",
        "getuid");
  }

  /** As printf of glibc 2.31 does, with distances from a label in a table. */
  private static String jumpingFromLabel(String place, String before, String behind) {
    return function(
            "_start",
            """
            mov $39, %%ebx
            lea table(%%rip), %%r11
            mov %%rsp, %%rdi
            %s
            4: movslq %s, %%rax
            lea 1f(%%rip), %%rdx
            add %%rdx, %%rax
            jmp *%%rax
            1: mov %%ebx, %%eax
            2: syscall
            3: %s
            call stop
            """
                .formatted(before, place, behind))
        + function("leaf", "mov (%rdi), %eax\nmov %eax, %ecx\nret")
        + function("writes", "mov (%rdi), %r11\nret")
        + function("leaves", "push %rdi\nret")
        + function("replaces", "mov %rdi, (%rsp)\nret")
        + RODATA
        + ".balign 32\n";
  }

  private static final String HARMLESS = ".fill 31, 4, 3b-1b\n.long 1b-1b\n";

  /** With an entry for the instruction itself, where rax has an address. */
  private static final String HARMFUL = ".fill 31, 4, 3b-1b\n.long 2b-1b\n";

  private static final String TABLES = "first: " + HARMLESS + "table: " + HARMFUL;

  @ParameterizedTest
  @CsvSource({"-static-pie, ''", "-static-pie, call leaf", "-static, ''"})
  void distancesFromALabelAreFollowed(String kind, String before) throws IOException {
    isKnown(
        jumpingFromLabel("(%r11,%rsi,4)", before, "")
            + "table: "
            + HARMLESS
            + "other: .long 2b-1b\n.text\nlea other(%rip), %rax\n",
        kind,
        "exit",
        "getpid");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "table: " + HARMFUL,
        "table: " + HARMLESS + ".long leaf-1b, 2b-1b\n", // leads elsewhere
        ".long 0\ntable: " + HARMLESS, // perhaps the middle of another one
        ".data\n.balign 32\ntable: " + HARMLESS, // code may write it
      })
  void tablesThatAreNotUnderstoodLeadAnywhere(String table) throws IOException {
    isNotKnown(jumpingFromLabel("(%r11,%rsi,4)", "", "") + table, "-static-pie");
  }

  /** The address of a table seems to be that of the one before it. */
  @ParameterizedTest
  @CsvSource({
    "-128(%r11. %rsi. 4), ''",
    "(%r11. %rsi. 4), sub $128. %r11",
    "(%r11. %rsi. 4), lea -128(%r11). %r11",
    "(%r11. %rsi. 4), mov $-128. %rcx; add %rcx. %r11",
  })
  void movedTablesLeadAnywhere(String place, String before) throws IOException {
    String code = jumpingFromLabel(place.replace(". ", ","), before.replace(". ", ", "), "");
    isNotKnown(code + TABLES, "-static-pie");
  }

  @Test
  void tablesThatAreMovedLaterLeadAnywhere() throws IOException {
    String behind = "lea table(%rip), %r11\nsub $128, %r11\ntest %esi, %esi\njne 4b";
    String code = jumpingFromLabel("(%r11,%rsi,4)", "lea first(%rip), %r11", behind);
    isNotKnown(code + TABLES, "-static-pie");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "call writes",
        "call leaves",
        "call replaces",
        "call *%rsi",
        "test %esi, %esi\nje 5f\njmp *%rsi\n5:", // perhaps to where the label is near
      })
  void whatIsNotKnownBesideATableLeadsAnywhere(String before) throws IOException {
    isNotKnown(jumpingFromLabel("(%r11,%rsi,4)", before, "") + "table: " + HARMLESS, "-static-pie");
  }

  /**
   * A jump through a word that the dynamic linker writes, and the program cannot, leads where that
   * points to, as at the end of functions that lld links.
   */
  @ParameterizedTest
  @CsvSource({
    ".data.rel.ro, stop, false",
    ".data.rel.ro, label, true",
    ".data, stop, true",
    ".data, label, true",
  })
  void jumpsThroughConstantWordsAreKnown(String section, String target, boolean leads)
      throws IOException {
    String data = ".section .data.rel.ro,\"aw\"\n.quad label\n.section " + section;
    String word = ",\"aw\"\nword: .quad " + target + "\n";
    Derivation found = derive(JUMP + data + word, "-static-pie", "-Wl,-z,now");
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names().contains("getuid")).isEqualTo(leads);
    assertThat(found.names()).contains("getpid", "exit");
  }

  /** The dynamic linker protects whole pages only. */
  @ParameterizedTest
  @CsvSource({"0, false", "-8, true"})
  void wordsOnAPageThatIsProtectedInPartAreNot(long more, boolean leads) throws IOException {
    String data = ".section .data.rel.ro,\"aw\"\n.quad label\nword: .quad stop\n";
    Path program = Assembly.build(folder, JUMP + data, "-static-pie", "-Wl,-z,now");
    byte[] file = Files.readAllBytes(program);
    ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int segment = (int) header.getLong(0x20); // e_phoff
    while (header.getInt(segment) != 0x6474e552) { // PT_GNU_RELRO
      segment += 56; // e_phentsize
    }
    int size = segment + 40; // p_memsz
    header.putLong(size, header.getLong(size) + more);
    Files.write(program, file);
    Derivation found = Derivers.SHARED.derive(program, DeriveOptions.PLAIN);
    assertThat(found.names().contains("getuid")).isEqualTo(leads);
  }

  /** A function that calls its own code, which then has what is known there. */
  @Test
  void aFunctionMayCallItsOwnCode() throws IOException {
    String code = "mov $39, %ebx\ncall 1f\ncall stop\n1: mov %ebx, %eax\nsyscall\nret";
    isKnown(function("_start", code), "-static", "exit", "getpid");
  }

  /** As gcc compiles a switch whose cases jump to functions, in the large code model. */
  @Test
  void distancesFromTheGlobalOffsetTableMayBeLostAtJumps() throws IOException {
    String code =
        """
        1: lea 1b(%rip), %rdx
        movabs $_GLOBAL_OFFSET_TABLE_-1b, %r11
        add %r11, %rdx
        lea table(%rip), %rax
        add (%rax,%rdi,8), %rax
        jmp *%rax
        2: movabs $called@GOTOFF, %rax
        add %rdx, %rax
        jmp *%rax
        3: call stop
        """;
    String called = function("called", "mov $39, %eax\nsyscall\ncall stop");
    Derivation found =
        derive(
            function("_start", code)
                + called
                + ".section .data.rel.ro,\"aw\"\ntable: .quad 2b-table, 3b-table\n",
            "-static-pie");
    assertThat(found.unknown().isEmpty() && !found.names().contains("getpid")).isFalse();
  }

  /** A function that leads to a place in its own code by what it pushes, or lets others do so. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "lea 1f(%rip), %rcx\nmov $39, %eax\npush %rcx\nret\nmov $102, %eax\n1: syscall",
        "lea 1f(%rip), %rcx\npush %rcx\nmov $39, %eax\njmp plain\nmov $102, %eax\n1: syscall",
        "lea 1f(%rip), %rcx\npush %rcx\nmov $39, %eax\ncall goes\nmov $102, %eax\n1: syscall",
        "lea 1f(%rip), %rcx\nmov %rcx, kept(%rip)\nmov $39, %eax\ncall jumps\n"
            + "mov $102, %eax\n1: syscall",
        "call 1f\n1: pop %rcx\nadd $2f-1b, %rcx\nmov $39, %eax\njmp *%rcx\n"
            + "mov $102, %eax\n2: syscall",
      })
  void placesInCodeMayBeReachedByTheirAddresses(String code) throws IOException {
    for (String kind : List.of("-static", "-static-pie")) {
      Derivation found =
          derive(
              function("plain", "ret")
                  + function("goes", "pop %rcx\npop %rcx\njmp *%rcx")
                  + function("jumps", "add $8, %rsp\njmp *kept(%rip)")
                  + function("_start", code + "\ncall stop")
                  + ".bss\nkept: .quad 0\n.text\n",
              kind);
      assertThat(found.unknown().isEmpty() && !found.names().contains("getpid")).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "test %rdi. %rdi",
    "mov %rdi. %rcx",
  })
  void aFunctionThatNeitherKeepsNorCallsAnAddressMayGetIt(String use) throws IOException {
    isKnown(passing(use.replace(". ", ", ") + "\nret"), "-static", "exit", "getpid");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jmp *%rdi", // as clone(2) does
        "push %rdi\nret",
        "mov %rdi, kept(%rip)\nret",
        "mov %rdi, %rax\nret",
        "mov %rdi, -8(%rsp)\nmov -8(%rsp), %rax\nmov %rax, kept(%rip)\nret",
        "jmp other",
      })
  void aFunctionThatKeepsOrCallsAnAddressIsFollowed(String use) throws IOException {
    isNotKnown(passing(use) + function("other", "xor %eax, %eax\ncall *%rdi\nret"), "-static");
  }

  private static String passing(String use) {
    return WRAPPER
        + function("use", use)
        + function(
            "_start", "lea wrapper(%rip), %rdi\ncall use\nmov $39, %edi\ncall wrapper\ncall stop")
        + ".bss\nkept: .quad 0\n.text\n";
  }

  /** The pointer to a library's function, which may itself be one of the arguments. */
  @ParameterizedTest
  @CsvSource({
    "rbx, ret, true",
    "r8, ret, true",
    "r8, mov %r8. kept(%rip)\\nret, false",
    "r8, jmp *%r8, false",
    "rdx, lea 8(%rdx). %rax\\nret, false",
  })
  void aPointerInARegisterIsCalled(String register, String end, boolean known) throws IOException {
    String rest = end.replace("\\n", "\n").replace("\\,", ",").replace(". ", ", ");
    Derivation found = callingThroughRegister(register, rest, "");
    assertThat(found.unknown().isEmpty()).isEqualTo(known);
  }

  /** What is left of a pointer whose lowest byte was overwritten, as by Rust's results. */
  @ParameterizedTest
  @ValueSource(strings = {"mov $1, %bl\nxor $1, %bl", "test %rsi, %rsi\nsete %bl\nand $1, %bl"})
  void aPointerWithAnotherLowByteIsNone(String use) throws IOException {
    String end = "\nmov %ebx, %eax\nret";
    assertThat(callingThroughRegister("rbx", "ret", use + end).unknown()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mov %bl, %cl\nmov $1, %bl\nmov %cl, %bl\npush %rbx",
        "mov %ebx, %ecx\nmov $1, %bl\nmov %ecx, (%rdi)",
        "mov $1, %bh\npush %rbx",
      })
  void aPointerThatIsPutTogetherAgainIsOne(String use) throws IOException {
    assertThat(callingThroughRegister("rbx", "ret", use + "\nret").unknown()).isNotEmpty();
  }

  private static final String CALL =
      "lea wrapper(%rip), %rbx\nmov $39, %edi\ncall *%rbx\ntest %rsi, %rsi\n";

  private static String keeping(String code) {
    return ".balign 256\n"
        + WRAPPER
        + function("user", CALL + code + "\nret")
        + function("_start", "call user\ncall *kept(%rip)\ncall stop")
        + ".bss\nkept: .quad 0\n";
  }

  /** What is left in a register after the call: no address of the function. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mov $1, %bl\nmov %rbx, kept(%rip)",
        "mov $1, %bl\nxor $1, %bl\nmov %ebx, %eax",
        "mov %ebx, kept(%rip)",
        "mov %ebx, %eax",
        "mov $0x102, %ebx\nsete %bl\nmov %rbx, kept(%rip)",
      })
  void partsOfAnAddressAreNone(String code) throws IOException {
    isKnown(keeping(code), "-static-pie", "exit", "getpid");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mov $0, %bl\nmov %rbx, kept(%rip)", // as it was
        "sete %bl\nmov %rbx, kept(%rip)",
        "mov %bl, %cl\nmov $1, %bl\nmov %cl, %bl\nmov %rbx, kept(%rip)",
        "mov $1, %bl\nmov $0, %bl\nmov %rbx, kept(%rip)",
        "mov %rbx, kept(%rip)",
        "mov %rbx, %rax",
        "shr $32, %rbx\nmov %ebx, kept+4(%rip)",
      })
  void partsMayBeThoseOfTheSameAddress(String code) throws IOException {
    isNotKnown(keeping(code), "-static-pie");
  }

  /** With fixed addresses, 32 bits may be all of an address. */
  @Test
  void fixedAddressesAreSmall() throws IOException {
    isNotKnown(keeping("mov %ebx, kept(%rip)"), "-static");
  }

  private static String withDistance(String code) {
    return WRAPPER
        + function("other", code + "\nret")
        + function(
            "_start",
            "movabs $table@GOTOFF, %rcx\nmov $39, %edi\ncall wrapper\ncall other\ncall stop")
        + ".section .data.rel.ro,\"aw\"\n.quad 0\ntable: .quad wrapper\n";
  }

  /** A number of 64 bits is no distance from a table whose address the file does not compute. */
  @ParameterizedTest
  @ValueSource(strings = {"", "lea other(%rip), %rbx", "movabs $0x123456789abcd, %rbx"})
  void numbersMayLookLikeDistances(String code) throws IOException {
    isKnown(withDistance(code), "-static-pie", "exit", "getpid");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1: lea 1b(%rip), %r11\nmovabs $_GLOBAL_OFFSET_TABLE_-1b, %rbx\nadd %r11, %rbx",
        "movabs $_GLOBAL_OFFSET_TABLE_-1f, %r15\ncall 1f\n1: pop %rbx\nadd %r15, %rbx",
        "lea _GLOBAL_OFFSET_TABLE_(%rip), %r9",
      })
  void distancesFromTheGlobalOffsetTableCount(String code) throws IOException {
    isNotKnown(withDistance(code), "-static-pie");
  }

  /** A function that calls another library's through a register, and then does something else. */
  private Derivation callingThroughRegister(String register, String rest, String then)
      throws IOException {
    Path source = folder.resolve("library.s");
    Files.writeString(
        source,
        ".globl wrapper\n.text\n"
            + function("wrapper", "mov %rdi, %rax\nsyscall\n" + rest)
            + ".bss\nkept: .quad 0\n");
    Path library = folder.resolve("library.so");
    Gcc.run("-nostdlib", "-shared", "-o", library, source);
    String code =
        "mov wrapper@GOTPCREL(%rip), %" + register + "\nmov $39, %edi\ncall *%" + register;
    Derivation found =
        derive(
            function("_start", "call user\ncall stop")
                + function("user", code + "\n" + (then.isEmpty() ? "ret" : then)),
            "-pie",
            "-Wl,--no-as-needed," + library,
            "-Wl,-rpath," + folder);
    assertThat(found.names()).contains("exit", "getpid");
    return found;
  }

  /** A function that others only jump to, and a part of one. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void pointersInPartsAreFollowed(boolean several) throws IOException {
    String code =
        WRAPPER
            + function("_start", "call one\ncall two\ncall stop")
            + function("one", "mov $39, %edi\njmp last")
            + function("two", several ? "mov $102, %edi\njmp last" : "ret")
            + function("last", "mov slot(%rip), %rbx\ncall *%rbx\nret")
            + ".section .data.rel.ro,\"aw\"\nslot: .quad wrapper\n";
    Derivation found = derive(code, "-static-pie");
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).contains("getpid");
    assertThat(found.names().contains("getuid")).isEqualTo(several);
  }

  /** Code that nothing describes is divided where data points to. */
  @Test
  void codeIsDividedAtPointersInData() throws IOException {
    String code =
        function("_start", "call *one(%rip)\ncall *two(%rip)\ncall stop")
            + "first: xor %eax, %eax\nmov $39, %al\nsyscall\nret\n"
            + "second: lea second(%rip), %rax\nmov (%rdi), %rdx\ntest %rdx, %rdx\nje 1f\n"
            + "jmp *%rdx\n1: ret\n"
            + ".section .data.rel.ro,\"aw\"\none: .quad first\ntwo: .quad second\n";
    isKnown(code, "-static-pie", "exit", "getpid");
  }

  /** Tables between functions, in which bytes look like calls of i386. */
  @Test
  void tablesBetweenFunctionsAreNoCode() throws IOException {
    String code =
        function("_start", "lea data(%rip), %rbx\nmov 8(%rbx), %rcx\ncall stop")
            + "data: .byte 0xc3, 0x0f, 0x34, 0xcd, 0x80, 0xc3\n.balign 16\n";
    isKnown(code, "-static-pie", "exit");
  }

  @ParameterizedTest
  @ValueSource(strings = {"int $0x80\nret", "test %edi, %edi\nje 1f\nret\n1: sysenter\nret"})
  void codeBetweenFunctionsMayMakeCallsOfI386(String body) throws IOException {
    isNotKnown(
        function("_start", "lea code(%rip), %rbx\ncall *%rbx\ncall stop") + "code: " + body + "\n",
        "-static-pie");
  }

  /** As musl's threads do, when another one changes the identity of the process. */
  private static String repeating(String handler, String builder) {
    return function("handler", "mov %rdi, %rbx\n" + handler + "\nsyscall\nret")
        + function("run", "mov %rdi, kept(%rip)\nmov %rsi, kept+8(%rip)\nret")
        + function(
            "set",
            "sub $40, %rsp\nmov %edi, 12(%rsp)\nmov %esi, (%rsp)\n"
                + builder
                + "\nlea handler(%rip), %rdi\ncall run\nadd $40, %rsp\nret")
        + function("_start", "mov $117, %edi\ncall set\nmov $119, %edi\ncall set\ncall stop")
        + ".bss\nkept: .quad 0, 0\n.text\n";
  }

  private static final String FIELDS =
      "movslq 12(%rbx), %rax\nmovslq (%rbx), %rdi\nmovslq 4(%rbx), %rsi\nmovslq 8(%rbx), %rdx";

  /** The number is written first, in the middle or last. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mov %rsp, %rsi",
        "mov %rsp, %rsi\nmovl $1, 16(%rsp)",
        "mov %rsp, %rsi\nmov %edx, 4(%rsp)\nmov %ecx, 8(%rsp)\nmovl $1, 16(%rsp)",
        "mov %rsp, %rsi\nmov %ecx, 16(%rsp)\nmov %edi, 12(%rsp)",
      })
  void callsOfObjectsThatThreadsGetAreUnderstood(String builder) throws IOException {
    Derivation found = derive(repeating(FIELDS, builder), "-static-pie");
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).containsExactly("exit", "setresgid", "setresuid");
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("setxid-object: "));
  }

  @ParameterizedTest
  @CsvSource({
    "mov kept(%rip). %rbx, mov %rsp. %rsi", // another object
    "'', mov (%rdx). %rsi", // not one of its own
    "'', mov %edx. 12(%rsp)\\nmov %rsp. %rsi", // another number
    "'', mov %edx. 15(%rsp)\\nmov %rsp. %rsi",
    "'', mov %edx. 16(%rsp)\\nmov %rdx. 8(%rsp)\\nmov %rsp. %rsi",
    "'', mov %rsp. %rsi\\nmov %rsp. %rdx", // perhaps the other one
  })
  void otherObjectsAreNotTrusted(String before, String builder) throws IOException {
    isNotKnown(
        repeating(
            before.replace(". ", ", ") + "\n" + FIELDS,
            builder.replace(". ", ", ").replace("\\n", "\n")),
        "-static-pie");
  }

  private Derivation deriveCpp(String code, String level) throws IOException {
    Path source = folder.resolve("program.cc");
    Files.writeString(source, "#include <unistd.h>\nvoid may(int *), end();\n" + code);
    Path other = folder.resolve("other.cc");
    Files.writeString(
        other, "void may(int *p) { if (p) *p = 102; throw 1; }\nvoid end() { throw 2; }\n");
    Path program = folder.resolve("program");
    Programs.output("g++", level, "-fno-plt", "-o", program, source, other);
    return Derivers.SHARED.derive(program, DeriveOptions.PLAIN);
  }

  /** What is known where an exception is caught is what is known at the calls that may throw it. */
  @ParameterizedTest
  @ValueSource(strings = {"-O1", "-O2"})
  void exceptionsLeadFromTheirCalls(String level) throws IOException {
    String code =
        """
        struct Guard { ~Guard() { syscall(39); } };
        int main(int count, char **words) {
          Guard guard;
          for (int i = 0; i < count; i++) {
            try { may(0); } catch (int) { syscall(102); }
            syscall(104);
          }
          end();
        }
        """;
    Derivation found = deriveCpp(code, level);
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).contains("getpid", "getuid", "getgid");
  }

  /** A variable whose address was given away may have changed before the exception. */
  @ParameterizedTest
  @ValueSource(strings = {"-O0", "-O1", "-O2"})
  void whatIsCalledBeforeAnExceptionMayChangeVariables(String level) throws IOException {
    String code =
        """
        int main() {
          int number = 39;
          try { may(&number); } catch (int) { syscall(number); }
        }
        """;
    assertThat(deriveCpp(code, level).unknown()).isNotEmpty();
  }
}
