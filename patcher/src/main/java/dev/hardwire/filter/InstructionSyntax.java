package dev.hardwire.filter;

import java.util.function.LongFunction;

/**
 * How a language for classic BPF writes an instruction.
 *
 * @param width of the column of operations
 * @param accumulator the name of register A
 * @param index the name of register X
 * @param length the name of the size of the data
 * @param number writes a constant
 * @param word writes the word of the data at an offset
 * @param target writes a jump target, given as the index of an instruction
 */
public record InstructionSyntax(
    int width,
    String accumulator,
    String index,
    String length,
    LongFunction<String> number,
    LongFunction<String> word,
    LongFunction<String> target) {
  private static final String[] JUMPS = {"ja", "jeq", "jgt", "jge", "jset"};
  private static final String[] ARITHMETIC = {
    "add", "sub", "mul", "div", "or", "and", "lsh", "rsh", "neg", "", "xor"
  };

  /**
   * The text of an instruction.
   *
   * @param at its index in the filter
   */
  public String text(BpfInstruction i, int at) {
    return switch (i.kind()) {
      case Bpf.LD -> line("ld", source(i));
      case Bpf.LDX -> line("ldx", source(i));
      case Bpf.ST -> line("st", memory(i));
      case Bpf.STX -> line("stx", memory(i));
      case Bpf.ALU -> {
        String name = ARITHMETIC[(i.code() & 0xf0) >> 4];
        yield name.equals("neg") ? name : line(name, operand(i));
      }
      case Bpf.JMP -> jump(i, at);
      case Bpf.RET ->
          line("ret", i.code() == (Bpf.RET | Bpf.A) ? accumulator : number.apply(i.k()));
      default -> i.code() == (Bpf.MISC | Bpf.TAX) ? "tax" : "txa";
    };
  }

  private String line(String operation, String operands) {
    return operation + " ".repeat(width - operation.length()) + operands;
  }

  private String operand(BpfInstruction i) {
    return (i.code() & Bpf.X) != 0 ? index : number.apply(i.k());
  }

  private static String memory(BpfInstruction i) {
    return "M[" + i.k() + "]";
  }

  private String source(BpfInstruction i) {
    return switch (i.code() & 0xe0) {
      case Bpf.IMM -> number.apply(i.k());
      case Bpf.ABS -> "[" + word.apply(i.k()) + "]";
      case Bpf.MEM -> memory(i);
      default -> length;
    };
  }

  private String jump(BpfInstruction i, int at) {
    String name = JUMPS[(i.code() & 0xf0) >> 4];
    long next = at + 1L;
    if (i.code() == (Bpf.JMP | Bpf.JA)) {
      return line(name, target.apply(next + i.k()));
    }
    return line(
        name,
        "%s, %s, %s"
            .formatted(operand(i), target.apply(next + i.jt()), target.apply(next + i.jf())));
  }
}
