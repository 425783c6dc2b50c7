package dev.hardwire.derive.flow;

import static dev.hardwire.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.derive.Assembly;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Module;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A system call behind comparisons of arguments, where edi is 5 and esi is -3. */
@Tag("system")
class ArgumentCodeTest {
  private static final Map<Integer, Long> ARGUMENTS =
      Map.of(Instruction.RDI, 5L, Instruction.RSI, 0xffff_fffdL);

  @TempDir private Path folder;

  private Optional<Set<Long>> live(Module module, int watched) {
    return ArgumentCode.of(module, watched, ARGUMENTS, ReturningCallees.ONCE);
  }

  private Module module(String body, String data) throws IOException {
    String code =
        function("other", "ret")
            + function("watched", body.replace("; ", "\n") + "\n2: syscall\n1: ret")
            + function("_start", "call watched\ncall stop")
            + data;
    Path program = Assembly.build(folder, code, "-static");
    return Module.of(program.toString(), Bytes.wrap(Files.readAllBytes(program)));
  }

  private static int watched(Module module) {
    return module.functions().at(module.image().elf().header().entry()) - 1;
  }

  /** Whether the system call may run. */
  private boolean isLive(String body, String data) throws IOException {
    Module module = module(body, data);
    int watched = watched(module);
    Set<Long> live = live(module, watched).orElseThrow();
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
        "cmp $5, %edi; je 1f",
        "cmp $6, %edi; jne 1f",
        "cmp $6, %edi; jb 1f",
        "cmp $4, %edi; ja 1f",
        "cmp $5, %edi; jbe 1f",
        "cmp $5, %edi; jae 1f",
        "cmp $0, %esi; jl 1f",
        "cmp $-4, %esi; jg 1f",
        "cmp $-3, %esi; jle 1f",
        "cmp $7, %esi; ja 1f",
        "test %esi, %esi; js 1f",
        "test %edi, %edi; jns 1f",
        "test $2, %edi; je 1f",
        "test $4, %edi; jne 1f",
        "cmp %esi, %edi; jg 1f",
        "cmp %edi, %esi; ja 1f",
        "mov %edi, %ebx; call other; cmp $5, %ebx; mov %rax, 8(%rcx); je 1f",
        "and $4, %edi; jne 1f",
        "lea -4(%rdi), %eax; cmp $1, %eax; je 1f",
        "lea -6(%rdi), %eax; cmp $-1, %eax; je 1f",
        "sub $6, %edi; cmp $8, %edi; ja 1f",
        "xor %edi, %edi; test %edi, %edi; je 1f",
        "or $8, %edi; cmp $13, %edi; je 1f",
        "movslq %esi, %rax; cmp $-3, %eax; je 1f",
        "cmp $5, %edi; ja 2f; jb 2f; jmp 1f",
        "test %rax, %rax; je 3f; mov $5, %ecx; jmp 4f; 3: mov %edi, %ecx; 4: cmp $5, %ecx; je 1f",
      })
  void comparisonsOfKnownNumbersLeadOneWay(String body) throws IOException {
    assertThat(isLive(body, "")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cmp $6, %edi; je 1f",
        "cmp $5, %edi; ja 1f",
        "cmp $0, %esi; jg 1f",
        "cmp $7, %esi; jb 1f",
        "cmp $5, %edx; je 1f",
        "cmp $5, %edx; jne 1f",
        "cmpl $5, (%rdi); je 1f",
        "cmp %edx, %edi; je 1f",
        "cmp $5, %dil; je 1f",
        "cmp $5, %di; je 1f",
        "cmp $5, %rdi; je 1f", // only the lower half is known
        "and $4, %rdi; jne 1f",
        "test %edi, %edi; jp 1f",
        "call other; cmp $5, %edi; je 1f",
        "mov 8(%rsp), %edi; cmp $5, %edi; je 1f",
        "mov $5, %dil; cmp $5, %edi; je 1f",
        "pop %rdi; cmp $5, %edi; je 1f",
        "cmove %eax, %edi; cmp $5, %edi; je 1f",
        "xchg %edi, %eax; cmp $5, %edi; je 1f",
        "shr $1, %edi; cmp $5, %edi; je 1f",
        "cmp $5, %edi; add $1, %eax; je 1f",
        "cmp $5, %edi; call other; je 1f",
        "and $0xfd, %ah; mov %eax, %edi; cmp $5, %edi; je 1f",
        "3: cmp $6, %edi; je 2f; inc %edi; jmp 3b",
        "test %rax, %rax; je 3f; mov $6, %edi; 3: cmp $5, %edi; je 1f",
        "test %rax, %rax; je 3f; cmp $5, %edi; jmp 4f; 3: cmp $6, %edi; 4: je 1f",
      })
  void allElseGoesAllWays(String body) throws IOException {
    assertThat(isLive(body, "")).isTrue();
  }

  @Test
  void tablesAreReadWhereTheIndexIsKnown() throws IOException {
    String jump = "lea table(%rip), %rdx; movslq (%rdx,%rdi,4), %rax; add %rdx, %rax; jmp *%rax";
    String data =
        ".section .rodata\ntable: .long %1$s, %1$s, %1$s, %1$s, %1$s, %2$s, %1$s\n.text\n";
    String other = "call_site-table";
    String returns = "return_site-table";
    String body = jump + "; call_site: nop; jmp 2f; return_site: ret";
    assertThat(isLive(body, data.formatted(returns, other))).isTrue();
    assertThat(isLive(body, data.formatted(other, returns))).isFalse();
  }

  @Test
  void tablesThatCanBeWrittenAreNotFollowed() throws IOException {
    Module module =
        module(
            "lea table(%rip), %rdx; movslq (%rdx,%rdi,4), %rax; add %rdx, %rax; jmp *%rax",
            ".data\ntable: .long 0, 0, 0, 0, 0, 0\n.text\n");
    assertThat(live(module, watched(module))).isEmpty();
  }
}
