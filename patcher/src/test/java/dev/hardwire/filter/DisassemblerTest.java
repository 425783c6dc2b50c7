package dev.hardwire.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Rule;
import java.util.List;
import org.junit.jupiter.api.Test;

class DisassemblerTest {
  private static String text(Filter filter) {
    return String.join("\n", Disassembler.lines(filter, Target.X86_64)) + "\n";
  }

  @Test
  void namesCallsArchitecturesAndActions() {
    Policy policy =
        Policy.of("x", Action.ALLOW, List.of(Rule.of(Action.errno("ENETDOWN"), "uname")));
    Filter filter = FilterCompiler.compile(policy, Target.X86_64);
    assertThat(text(filter))
        .isEqualTo(
            """
               0: ld    [arch]
               1: jeq   0xc000003e, 2, 7          ; x86_64
               2: ld    [nr]
               3: jeq   0x3f, 4, 5                ; uname
               4: ret   0x50064                   ; errno ENETDOWN
               5: jgt   0x3fffffff, 7, 6
               6: ret   0x7fff0000                ; allow
               7: ret   0x80000000                ; kill-process
            """);
  }

  @Test
  void writesEveryOperation() {
    Filter filter =
        new Filter(
            List.of(
                BpfInstruction.of(Bpf.LD | Bpf.IMM, 16),
                BpfInstruction.of(Bpf.ST, 3),
                BpfInstruction.of(Bpf.LDX | Bpf.MEM, 3),
                BpfInstruction.of(Bpf.ALU | Bpf.ADD | Bpf.X, 0),
                BpfInstruction.of(Bpf.ALU | Bpf.LSH, 2),
                BpfInstruction.of(Bpf.ALU | Bpf.NEG, 0),
                BpfInstruction.of(Bpf.MISC | Bpf.TAX, 0),
                BpfInstruction.of(Bpf.LD | Bpf.LEN, 0),
                new BpfInstruction(Bpf.JMP | Bpf.JGT | Bpf.X, 0, 1, 0),
                BpfInstruction.of(Bpf.JMP | Bpf.JA, 1),
                BpfInstruction.of(Bpf.LD | Bpf.ABS, 20),
                BpfInstruction.of(Bpf.LD | Bpf.ABS, 8),
                new BpfInstruction(Bpf.JMP | Bpf.JSET, 0, 0, 0x7f),
                BpfInstruction.of(Bpf.RET | Bpf.K, 0x7fc0_0001L),
                BpfInstruction.of(Bpf.RET | Bpf.A, 0)));
    assertThat(text(filter))
        .isEqualTo(
            """
               0: ld    0x10
               1: st    M[3]
               2: ldx   M[3]
               3: add   X
               4: lsh   0x2
               5: neg
               6: tax
               7: ld    len
               8: jgt   X, 9, 10
               9: ja    11
              10: ld    [arg0.high]
              11: ld    [ip.low]
              12: jset  0x7f, 13, 13
              13: ret   0x7fc00001                ; notify (0x7fc00001)
              14: ret   A
            """);
  }
}
