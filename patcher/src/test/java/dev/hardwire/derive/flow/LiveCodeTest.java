package dev.hardwire.derive.flow;

import static dev.hardwire.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.derive.Assembly;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Module;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A system call behind tests of a word whose bit 1 is never set. */
@Tag("system")
class LiveCodeTest {
  private static final LiveCode.Word WORD = new LiveCode.Word(8, 4, ~2, false);

  @TempDir private Path folder;

  private Module module(String code) throws IOException {
    Path program = Assembly.build(folder, code, "-static");
    return Module.of(program.toString(), Bytes.wrap(Files.readAllBytes(program)));
  }

  /** Whether the system call of {@code watched} may run. */
  private boolean isLive(String body, LiveCode.Word word) throws IOException {
    Module module =
        module(
            function("other", "ret")
                + function("watched", body.replace("; ", "\n") + "\nsyscall\n1: ret")
                + function("_start", "call watched\ncall stop"));
    int watched = module.functions().at(module.image().elf().header().entry()) - 1;
    Set<Long> live =
        LiveCode.of(module, watched, word, Set.of(), ReturningCallees.ONCE).orElseThrow();
    Instructions code = new Instructions(module, watched);
    while (code.next()) {
      if (code.now().kind() == Kind.SYSCALL) {
        return live.contains(code.address());
      }
    }
    throw new AssertionError("no system call");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "testb $2, 8(%rdi); je 1f",
        "testl $2, 8(%rbp); je 1f",
        "testb $2, 8(%rdi); jne 2f; jmp 1f; 2: nop",
        "mov 8(%rdi), %eax; test $2, %al; je 1f",
        "mov 8(%r12), %esi; test $2, %sil; je 1f",
        "movzbl 8(%rdi), %ecx; and $2, %ecx; je 1f",
        "mov 8(%rdi), %eax; mov %eax, %edx; and $3, %edx; cmp $2, %edx; jne 1f",
        "mov 8(%rdi), %eax; and $3, %eax; cmp $3, %al; jne 1f",
        "mov 8(%rdi), %ebx; call other; test $2, %bl; je 1f",
        "mov 8(%rdi), %eax; and $2, %eax; test %eax, %eax; mov $1, %ecx; je 1f",
        "mov 8(%rdi), %eax; test %rsi, %rsi; je 2f; xor %eax, %eax; 2: test $2, %al; je 1f",
      })
  void bitsThatAreNeverSetLeadNowhere(String body) throws IOException {
    assertThat(isLive(body, WORD)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "testb $4, 8(%rdi); je 1f",
        "testb $6, 8(%rdi); je 1f",
        "testb $2, 8(%rdi); jne 1f",
        "testb $2, 9(%rdi); je 1f",
        "testb $2, 12(%rdi); je 1f",
        "testb $2, 8(%rsp); je 1f",
        "testb $2, 8(%rdi,%rcx); je 1f",
        "testb $2, %fs:8(%rdi); je 1f",
        "testb $2, 8(%edi); je 1f",
        "mov 8(%rdi), %eax; test $2, %ah; je 1f",
        "mov 8(%rdi), %eax; and $0x301, %eax; cmp $3, %ah; jne 1f",
        "mov 8(%rdi), %rax; bt $33, %rax; jnc 1f",
        "mov 8(%rdi), %rax; shr $8, %rax; test $2, %al; je 1f",
        "mov 8(%rdi), %eax; or $2, %eax; test $2, %al; je 1f",
        "mov 8(%rdi), %eax; add $1, %eax; test $2, %al; je 1f",
        "mov 8(%rdi), %eax; call other; test $2, %al; je 1f",
        "mov 8(%rdi), %eax; and $3, %eax; cmp $1, %eax; jne 1f",
        "mov 8(%rdi), %eax; test $2, %al; add $1, %ecx; je 1f",
        "mov 8(%rdi), %eax; test %rsi, %rsi; je 2f; mov %edx, %eax; 2: test $2, %al; je 1f",
        "2: test $2, %bl; jne 3f; mov 8(%rdi), %ebx; inc %ebx; jmp 2b; 3: nop",
      })
  void allElseMayRun(String body) throws IOException {
    assertThat(isLive(body, WORD)).isTrue();
  }

  /** The object is what a word of the argument's object leads to. */
  @Test
  void membersAreFollowedFromTheArgument() throws IOException {
    LiveCode.Word member = new LiveCode.Word(0, 2, 0, true);
    String test = "movzwl (%rbx), %eax; test $2, %al; je 1f";
    assertThat(isLive("mov 32(%rdi), %rbx; " + test, member)).isFalse();
    assertThat(isLive("mov %rdi, %r12; mov 32(%r12), %rbx; " + test, member)).isFalse();
    assertThat(isLive("mov %rdi, %rbx; " + test, member)).isTrue();
    assertThat(isLive("mov 32(%rsi), %rbx; " + test, member)).isTrue();
    assertThat(isLive("mov 32(%rdi), %rbx; mov %rsp, %rbx; " + test, member)).isTrue();
    assertThat(isLive("mov 32(%rdi), %rbx; mov (%rbx), %rbx; " + test, member)).isTrue();
  }

  @Test
  void codeThatIsEnteredInsideIsNotFollowed() throws IOException {
    Module module =
        module(function("first", "nop\ninside: ret") + function("_start", "call inside\nret"));
    int first = module.functions().at(module.image().elf().header().entry()) - 1;
    assertThat(LiveCode.isEnteredInside(module, first)).isTrue();
    assertThat(LiveCode.isEnteredInside(module, first + 1)).isFalse();
  }
}
