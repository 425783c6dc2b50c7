package dev.hardwire.derive.flow;

import static dev.hardwire.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Assembly;
import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is on a function's stack, and whether others can know it. */
@Tag("system")
class StackPlacesTest {
  @TempDir private Path folder;

  private Derivation derive(String code) throws IOException {
    return new Deriver().derive(Assembly.build(folder, code, "-static-pie"), DeriveOptions.PLAIN);
  }

  private static final String NUMBERS = "sub $32, %rsp\nmovl $39, 4(%rsp)\n";
  private static final String USE = "\nmov 4(%rsp), %eax\nsyscall\ncall stop";

  private Derivation number(String code) throws IOException {
    return derive(
        function("plain", "ret")
            + function("stores", "mov %esi, (%rcx)\nret")
            + function("below", "mov %esi, -8(%rcx)\nret")
            + ".bss\nkept: .quad 0\n.text\n"
            + function("_start", NUMBERS + code + USE));
  }

  /** A number of 32 bits, with others beside it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "movl $102, 8(%rsp)",
        "mov %esi, 8(%rsp)",
        "mov %rsi, 8(%rsp)",
        "movw $1, 8(%rsp)\nmov %esi, (%rsp)\nmov %esi, 12(%rsp)",
        "movl $39, 3(%rsp)\nmovl $39, 4(%rsp)\nmovl $1, 8(%rsp)",
        "movq $39, 4(%rsp)\nmovl $1, 8(%rsp)",
        "test %edi, %edi\nje 1f\nmovl $1, 8(%rsp)\njmp 2f\n1: movl $2, 8(%rsp)\n2:",
        "movl $1, 8(%rsp)\nlea kept(%rip), %rcx\ncall stores",
        "movl $1, 8(%rsp)\nlea kept(%rip), %rcx\nadd %rdi, %rcx\ncall stores",
        "movl $1, 8(%rsp)\ncmp %rsp, %rdi\nmovaps %xmm4, %xmm5\ncall plain", // not rsp, rbp
        "movl $1, 8(%rsp)\nbts $3, %ecx\nbts %rdi, %rcx\ncall plain",
        "movl $1, 8(%rsp)\npushf\npopf\npush %fs\npop %fs",
        "movl $1, 8(%rsp)\npushf\npop %rcx",
      })
  void halvesOfWordsAreKnown(String beside) throws IOException {
    Derivation found = number(beside);
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).containsExactlyInAnyOrder("exit", "getpid");
  }

  /** Both numbers count where it depends on the way. */
  @Test
  void halvesOfWordsMayDiffer() throws IOException {
    String ways = "movl $102, 4(%rsp)\nmovl $1, 8(%rsp)\njmp 2f\n1: movl $1, 8(%rsp)\n2:";
    Derivation found = number("test %edi, %edi\nje 1f\n" + ways);
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).containsExactlyInAnyOrder("exit", "getpid", "getuid");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "movl $1, 8(%rsp)\nmov %si, 6(%rsp)",
        "movl $1, 8(%rsp)\nmov %esi, 7(%rsp)",
        "movl $1, 8(%rsp)\nmov %sil, 4(%rsp)",
        "movl $1, 8(%rsp)\nmov %rsi, (%rsp)",
        "movl $1, 8(%rsp)\nmov %esi, 1(%rsp)",
        "movl $1, 8(%rsp)\nmovups %xmm0, (%rsp)",
        "movl $1, 8(%rsp)\nlea 4(%rsp), %rcx\ncall stores",
        "movl $1, 8(%rsp)\nlea 12(%rsp), %rcx\ncall below", // as of the end of an object
        "movl $1, 8(%rsp)\nmov %rsp, %rcx\nmov %esi, (%rcx,%rdi)",
        "movl $1, 8(%rsp)\ntest %edi, %edi\nje 1f\nmov %esi, 4(%rsp)\n1:",
        "movl $1, 6(%rsp)",
        "movl $1, 7(%rsp)",
        "movl $1, 8(%rsp)\nmov %rsi, 4(%rsp)",
        "movl $1, 8(%rsp)\nadd $-4, %rsp",
        "movl $1, 8(%rsp)\npush %rsi\npop %rsi\nmov %rsi, 4(%rsp)",
        "lea (%rsp,%rdi,4), %rcx\ncall stores",
        "add %rsp, %rdi\nmov %esi, 4(%rdi)",
        "mov %rsp, %rbp\nadd %rdi, %rbp\nmov %esi, 4(%rbp)",
        "test %edi, %edi\ncmove %rsp, %rcx\nmov %esi, 4(%rcx)",
        "xor %ecx, %ecx\nor %rsp, %rcx\nmov %esi, 4(%rcx)",
        "lea 4(%rsp), %rbp\nand $-4, %rbp\nmov %esi, (%rbp)",
        "lea 4(%rsp), %rbp\nxchg %rbp, %rcx\nmov %esi, (%rcx)",
        "lea 4(%rsp), %rbp\nxchg %rbp, kept(%rip)\nmov kept(%rip), %rcx\nmov %esi, (%rcx)",
        "movq %rsp, %xmm0\nmovq %xmm0, %rcx\nmov %esi, 4(%rcx)",
        "vmovq %rsp, %xmm0\nvmovq %xmm0, %rcx\nmov %esi, 4(%rcx)",
        "pinsrq $0, %rsp, %xmm0\nmovq %xmm0, %rcx\nmov %esi, 4(%rcx)",
        "mov $-1, %rcx\nlea 4(%rsp), %rbp\nandn %rcx, %rbp, %rcx\nnot %rcx\nmov %esi, (%rcx)",
        "lea 4(%rsp), %rbp\nwrgsbase %rbp\nmov %esi, %gs:0",
        "bts %rdi, 8(%rsp)",
        "btr %rdi, (%rsp)",
        "mov %rsp, %rdi\nmaskmovdqu %xmm0, %xmm1",
        "mov %rsp, %rdi\nvmaskmovdqu %xmm0, %xmm1",
        "mov %rsp, %rdi\nmaskmovq %mm0, %mm1",
        "mov %rsp, %rdi\nmovdir64b 64(%rsp), %rdi",
        "push %rsi\npopq 4(%rsp)",
        "push %rsi\npush %rsi\npopq kept(%rip)\nadd $8, %rsp\nmovl $102, 4(%rsp)",
        "pushf\npop 4(%rsp)",
        "mov 8(%rsp), %rcx\nadd $12, %rsp\npushf\nsub $4, %rsp",
        "pushw %si\nsub $6, %rsp\nadd $8, %rsp",
        "popw %cx\nsub $2, %rsp",
        "mov %rsp, %rbp\nenter $0, $0\nadd $8, %rsp",
        "mov %rsp, %rcx\nand $-16, %rsp\nmov %esi, 4(%rsp)\nmov %rcx, %rsp",
      })
  void halvesThatAreWrittenAreNot(String beside) throws IOException {
    assertThat(number(beside).unknown()).isNotEmpty();
  }

  /** On another stack are other numbers; on the same, those that the new process has stored. */
  @ParameterizedTest
  @CsvSource({
    "56, 0x111, lea kept(%rip), false",
    "56, 0x4111, mov $0, false",
    "435, 88, mov $88, false",
    "58, 0, mov $0, false",
    "57, 0, mov $0, true",
    "56, 17, mov $0, true",
  })
  void aNewProcessMayHaveAnotherStackOrTheSame(int call, String first, String second, boolean known)
      throws IOException {
    String stack = second + ", %esi";
    String code = "mov $%d, %%eax\nmov $%s, %%edi\n%s\nsyscall".formatted(call, first, stack);
    assertThat(number(code).unknown().isEmpty()).isEqualTo(known);
  }

  /** A number that a function gets on the stack, behind a place of its own. */
  private Derivation argument(String code) throws IOException {
    return derive(
        function("plain", "ret")
            + function("stores", "movq $102, (%rcx)\nret")
            + function("takes", code + "\nmov 16(%rsp), %rax\nsyscall\nret")
            + function("_start", "push $39\npush $1\ncall takes\ncall stop"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "call plain",
        "lea -16(%rsp), %rcx\ncall stores",
        "sub $32, %rsp\nmov %esi, (%rsp,%rdi,8)\nadd $32, %rsp\nmovq $39, 16(%rsp)",
      })
  void argumentsOnTheStackAreKnown(String code) throws IOException {
    Derivation found = argument(code);
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).containsExactlyInAnyOrder("exit", "getpid");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lea 16(%rsp), %rcx\ncall stores",
        "lea 8(%rsp,%rdi,8), %rcx\ncall stores",
        "lea 16(%rsp), %rcx\nmov %rcx, -8(%rsp)\ncall plain",
        "mov %rsi, 8(%rsp,%rdi,8)", // an array that is passed by value
      })
  void argumentsOnTheStackMayBeChanged(String code) throws IOException {
    assertThat(argument(code).unknown()).isNotEmpty();
  }

  /** More arguments than are looked at, which a jump to another function changes. */
  @ParameterizedTest
  @CsvSource({"56, true", "64, true", "72, false", "80, false"})
  void farArgumentsAreNotKnown(int place, boolean known) throws IOException {
    String pushes = "push $102\n".repeat(12);
    Derivation found =
        derive(
            function("takes", "mov " + place + "(%rsp), %rax\nsyscall\nret")
                + function("jumps", "movq $39, " + place + "(%rsp)\njmp takes")
                + function("_start", pushes + "call jumps\ncall takes\ncall stop"));
    assertThat(found.unknown().isEmpty() && found.names().contains("getpid")).isEqualTo(known);
    assertThat(found.unknown().isEmpty()).isEqualTo(known);
  }

  /** The kernel writes to memory. */
  @Test
  void theKernelMayWriteNumbers() throws IOException {
    String read = "lea 4(%rsp), %rsi\nmov $4, %edx\nxor %edi, %edi\nxor %eax, %eax\nsyscall";
    assertThat(number(read).unknown()).isNotEmpty();
  }

  /** As gcc compiles syscall(2) of musl. */
  private static String musl(String then) {
    return function(
            "wrapper",
            """
            push %%rbp
            mov %%rdi, %%rbp
            sub $0x50, %%rsp
            lea 0x60(%%rsp), %%rax
            mov %%r9, 0x48(%%rsp)
            mov 0x60(%%rsp), %%r9
            mov %%rax, 0x10(%%rsp)
            lea 0x20(%%rsp), %%rax
            mov %%rsi, 0x28(%%rsp)
            mov %%rdx, 0x30(%%rsp)
            mov %%rcx, 0x38(%%rsp)
            mov %%r8, 0x40(%%rsp)
            mov 8(%%rax), %%rdi
            mov 0x10(%%rax), %%rsi
            mov 0x18(%%rax), %%rdx
            mov %%rax, 0x18(%%rsp)
            mov 0x20(%%rax), %%r10
            mov 0x28(%%rax), %%r8
            movl $8, 8(%%rsp)
            mov %%rbp, %%rax
            syscall
            %s
            add $0x50, %%rsp
            pop %%rbp
            ret
            """
                .formatted(then))
        + function("plain", "cmp $-4096, %rdi\njbe 1f\npush %rbx\ncall address\npop %rbx\n1: ret")
        + function("address", "mov %fs:0, %rax\nret")
        + function("keeps", "mov 0x28(%rdi), %rax\nmov %rax, kept(%rip)\nret")
        + function("jumps", "jmp keeps")
        + function("reads", "mov 0x50(%rsp), %rax\nmov %rax, kept(%rip)\nret")
        + function("unusual", "mov %r10, kept(%rip)\nret")
        + function("later", "xor %eax, %eax\njmp unusual")
        + function("end", "call *kept(%rip)\ncall stop")
        + ".bss\nkept: .fill 16, 8, 0\n.text\n";
  }

  private Derivation callingMusl(String then, String register) throws IOException {
    String call = "lea wrapper(%rip), %" + register + "\nmov $39, %edi\ncall *%" + register;
    return derive(musl(then) + function("_start", call + "\nmov %rax, %rdi\njmp end"));
  }

  /** The register with the function's address is one of those that it takes as arguments. */
  @ParameterizedTest
  @ValueSource(strings = {"rsi", "rdx", "rcx", "r8", "r9", "rax", "r11", "rbx"})
  void whatAFunctionKeepsOnItsStackIsItsOwn(String register) throws IOException {
    Derivation found = callingMusl("mov %rax, %rdi\nmov %rdi, %rcx\ncall plain", register);
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).containsExactlyInAnyOrder("exit", "getpid");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mov 0x48(%rsp), %rcx\nmov %rcx, kept(%rip)",
        "mov 0x48(%rsp), %ecx\nmov %ecx, kept(%rip)",
        "call address\nmov 0x48(%rsp), %rcx\nmov %rcx, kept(%rip)",
        "lea 0x20(%rsp), %rdi\ncall keeps",
        "lea 0x20(%rsp), %rdi\ncall jumps",
        "lea 0x20(%rsp), %rdi\ncall *kept+8(%rip)",
        "lea 0x20(%rsp), %rax\nmov %rax, kept(%rip)",
        "lea 0x20(%rsp), %rax\nmov 8(%rax,%rdi,8), %rcx\nmov %rcx, kept(%rip)",
        "lea 0x20(%rsp), %rax\nadd %rdi, %rax\nmov (%rax), %rcx\nmov %rcx, kept(%rip)",
        "lea 0x20(%rsp), %rax\nand $-16, %rax\nmov 0x28(%rax), %rcx\nmov %rcx, kept(%rip)",
        "lea 0x20(%rsp), %rax\nor $8, %rax\nmov 0x20(%rax), %rcx\nmov %rcx, kept(%rip)",
        "lea 0x20(%rsp), %rax\nmov $0x28, %al\nmov 0x20(%rax), %rcx\nmov %rcx, kept(%rip)",
        "lea 0x20(%rsp), %rax\nxchg %rax, %rcx\nmov 0x28(%rcx), %rcx\nmov %rcx, kept(%rip)",
        "lea 0x20(%rsp), %rdx\nxchg %rdx, %rcx\nmov 0x28(%rcx), %rcx\nmov %rcx, kept(%rip)",
        "lea 0x20(%rsp), %rax\nneg %rax\nneg %rax\nmov 0x28(%rax), %rcx\nmov %rcx, kept(%rip)",
        "lea 0x20(%rsp), %rax\ntest %edi, %edi\nje 1f\nmov (%rsi), %rax\n"
            + "1: mov 0x28(%rax), %rcx\nmov %rcx, kept(%rip)",
        "lea 0x20(%rsp), %rax\ntest %edi, %edi\ncmove (%rsi), %rax\n"
            + "mov 0x28(%rax), %rcx\nmov %rcx, kept(%rip)",
        "lea 0x20(%rsp), %rax\nmov %rax, 0x30(%rsp)\ncall address\nmov 0x30(%rsp), %rax\n"
            + "mov 0x28(%rax), %rcx\nmov %rcx, kept(%rip)",
        "lea 0x20(%rsp), %rsi\nlea kept(%rip), %rdi\nmov $6, %ecx\nrep movsq",
        "lea 0x48(%rsp), %rsi\nlods %ds:(%rsi), %rax\nmov %rax, kept(%rip)",
        "movups 0x40(%rsp), %xmm0\nmovups %xmm0, kept(%rip)",
        "lea 0x20(%rsp), %rcx\nmovq %rcx, %xmm0\nmovq %xmm0, %rax\n"
            + "mov 0x28(%rax), %rcx\nmov %rcx, kept(%rip)",
        "pushq 0x48(%rsp)\npop %rcx\nmov %rcx, kept(%rip)",
        "mov %rsp, %rcx\nadd %rdi, %rsp\npop %rax\nmov %rax, kept(%rip)\nmov %rcx, %rsp",
        "mov %rsp, %rcx\nand $-16, %rsp\nmov 0x48(%rsp), %rax\nmov %rax, kept(%rip)\n"
            + "mov %rcx, %rsp",
        "lea 0x20(%rsp), %rsi\nmov $1, %edi\nmov $1, %eax\nsyscall", // the kernel may return it
        "call reads",
        "call 1f\nmov %rax, kept(%rip)\njmp 2f\n1: mov 0x50(%rsp), %rax\nret\n2:",
        "lea 1f(%rip), %rcx\njmp *%rcx\n1: mov 0x48(%rsp), %rcx\nmov %rcx, kept(%rip)",
      })
  void whatLeavesTheStackIsKnownToOthers(String use) throws IOException {
    assertThat(callingMusl(use, "r9").unknown()).isNotEmpty();
  }

  /** Functions that read registers in which others pass nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"call unusual", "call later", "jmp unusual", "call *%r10"})
  void allRegistersMayBeRead(String use) throws IOException {
    assertThat(callingMusl(use, "r8").unknown()).isNotEmpty();
  }
}
