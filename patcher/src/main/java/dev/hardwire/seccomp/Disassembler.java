package dev.hardwire.seccomp;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes a filter as text, one instruction a line, with the names of calls, architectures and
 * actions beside the numbers where they can be told.
 */
public final class Disassembler {
  private static final String[] JUMPS = {"ja", "jeq", "jgt", "jge", "jset"};
  private static final String[] ARITHMETIC = {
    "add", "sub", "mul", "div", "or", "and", "lsh", "rsh", "neg", "", "xor"
  };

  private final Architecture architecture;

  private Disassembler(Architecture architecture) {
    this.architecture = architecture;
  }

  /**
   * The text of a filter.
   *
   * @param architecture whose calls the filter's numbers are
   */
  public static List<String> lines(Filter filter, Architecture architecture) {
    Disassembler disassembler = new Disassembler(architecture);
    List<String> comments = comments(filter, architecture);
    List<String> lines = new ArrayList<>();
    for (int at = 0; at < filter.size(); at++) {
      String text = disassembler.instruction(filter.instructions().get(at), at);
      String comment = comments.get(at);
      lines.add(
          String.format("%4d: %-32s%s", at, text, comment.isEmpty() ? "" : "; " + comment)
              .stripTrailing());
    }
    return lines;
  }

  /**
   * What the numbers of each instruction stand for: calls, fields, architectures and actions.
   *
   * @return a text for each instruction, empty where there is nothing to say
   */
  static List<String> comments(Filter filter, Architecture architecture) {
    Disassembler disassembler = new Disassembler(architecture);
    AccumulatorContents contents = AccumulatorContents.of(filter);
    List<String> comments = new ArrayList<>();
    for (int at = 0; at < filter.size(); at++) {
      comments.add(disassembler.comment(filter.instructions().get(at), contents.before(at)));
    }
    return comments;
  }

  /** The name of a word of {@code seccomp_data}: {@code nr}, {@code arg0.low} and the like. */
  static String field(long offset, Architecture architecture) {
    return new Disassembler(architecture).field((int) offset);
  }

  private String instruction(Instruction i, int at) {
    return switch (i.kind()) {
      case Bpf.LD -> "ld    " + source(i);
      case Bpf.LDX -> "ldx   " + source(i);
      case Bpf.ST -> "st    M[" + i.k() + "]";
      case Bpf.STX -> "stx   M[" + i.k() + "]";
      case Bpf.ALU -> {
        String name = ARITHMETIC[(i.code() & 0xf0) >> 4];
        yield name.equals("neg") ? name : String.format("%-5s %s", name, operand(i));
      }
      case Bpf.JMP -> jump(i, at);
      case Bpf.RET -> i.code() == (Bpf.RET | Bpf.A) ? "ret   A" : "ret   " + hex(i.k());
      default -> i.code() == (Bpf.MISC | Bpf.TAX) ? "tax" : "txa";
    };
  }

  private static String hex(long k) {
    return "0x" + Long.toHexString(k);
  }

  private static String operand(Instruction i) {
    return (i.code() & Bpf.X) != 0 ? "X" : hex(i.k());
  }

  private String source(Instruction i) {
    return switch (i.code() & 0xe0) {
      case Bpf.IMM -> hex(i.k());
      case Bpf.ABS -> "[" + field((int) i.k()) + "]";
      case Bpf.MEM -> "M[" + i.k() + "]";
      default -> "len";
    };
  }

  private String field(int offset) {
    if (offset == SeccompData.NR) {
      return "nr";
    }
    if (offset == SeccompData.ARCH) {
      return "arch";
    }
    boolean high = offset % 8 == SeccompData.highHalf(0, architecture.byteOrder()) % 8;
    String name =
        offset < SeccompData.ARGS ? "ip" : "arg" + (offset - SeccompData.ARGS) / Long.BYTES;
    return name + (high ? ".high" : ".low");
  }

  private static String jump(Instruction i, int at) {
    String name = JUMPS[(i.code() & 0xf0) >> 4];
    if (name.equals("ja")) {
      return "ja    " + (at + 1 + i.k());
    }
    return String.format("%-5s %s, %d, %d", name, operand(i), at + 1 + i.jt(), at + 1 + i.jf());
  }

  private String comment(Instruction i, int loaded) {
    if (i.code() == (Bpf.RET | Bpf.K)) {
      return new Verdict(i.k()).toString();
    }
    boolean comparison = i.kind() == Bpf.JMP && (i.code() & 0xf0) != Bpf.JA;
    if (!comparison || (i.code() & Bpf.X) != 0) {
      return "";
    }
    int operation = i.code() & 0xf0;
    if (loaded == SeccompData.NR && operation != Bpf.JSET) {
      String sign = operation == Bpf.JEQ ? "" : operation == Bpf.JGE ? ">= " : "> ";
      return SyscallTable.of(architecture).name(i.k()).map(name -> sign + name).orElse("");
    }
    if (loaded == SeccompData.ARCH) {
      return Architecture.ofAuditNumber(i.k()).map(Architecture::id).orElse("");
    }
    return "";
  }
}
