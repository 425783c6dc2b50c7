package dev.hardwire.filter.print;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfAssembler;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.FilterException;
import java.util.List;
import org.junit.jupiter.api.Test;

class AssemblerWriterTest {
  private static BpfInstruction of(int code, long k) {
    return BpfInstruction.of(code, k);
  }

  private static final Filter EVERYTHING =
      new Filter(
          List.of(
              of(Bpf.LD | Bpf.ABS, 16),
              of(Bpf.MISC | Bpf.TAX, 0),
              of(Bpf.STX, 3),
              of(Bpf.LD | Bpf.IMM, 0xffff_ffffL),
              of(Bpf.ST, 15),
              of(Bpf.LDX | Bpf.MEM, 3),
              of(Bpf.LD | Bpf.MEM, 15),
              of(Bpf.LDX | Bpf.IMM, 7),
              of(Bpf.LDX | Bpf.LEN, 0),
              of(Bpf.ALU | Bpf.ADD | Bpf.X, 0),
              of(Bpf.ALU | Bpf.SUB | Bpf.K, 2),
              of(Bpf.ALU | Bpf.MUL | Bpf.K, 3),
              of(Bpf.ALU | Bpf.DIV | Bpf.K, 4),
              of(Bpf.ALU | Bpf.OR | Bpf.X, 0),
              of(Bpf.ALU | Bpf.AND | Bpf.K, 0x8000_0000L),
              of(Bpf.ALU | Bpf.LSH | Bpf.K, 5),
              of(Bpf.ALU | Bpf.RSH | Bpf.X, 0),
              of(Bpf.ALU | Bpf.NEG, 0),
              of(Bpf.ALU | Bpf.XOR | Bpf.K, 6),
              of(Bpf.JMP | Bpf.JA, 1),
              of(Bpf.MISC | Bpf.TXA, 0),
              new BpfInstruction(Bpf.JMP | Bpf.JSET | Bpf.X, 0, 3, 0),
              new BpfInstruction(Bpf.JMP | Bpf.JGT, 1, 0, 8),
              new BpfInstruction(Bpf.JMP | Bpf.JEQ, 0, 0, 9),
              of(Bpf.LD | Bpf.LEN, 0),
              of(Bpf.RET | Bpf.A, 0),
              of(Bpf.RET | Bpf.K, 0x7fff_0000L)));

  @Test
  void theAssemblerMakesTheSameInstructions() {
    String text = String.join("\n", AssemblerWriter.lines(EVERYTHING, Target.X86_64));
    assertThat(BpfAssembler.assemble(text)).isEqualTo(EVERYTHING.instructions());
  }

  @Test
  void whatTheLanguageCannotWriteIsRefused() {
    Filter filter = new Filter(List.of(of(Bpf.MISC | Bpf.TXA, 1), of(Bpf.RET | Bpf.K, 0)));
    assertThatThrownBy(() -> AssemblerWriter.lines(filter, Target.X86_64))
        .isInstanceOf(FilterException.class)
        .hasMessageContaining("filter instruction 0: a field without a meaning is not 0");
  }
}
