package dev.hardwire.filter;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a filter as text, one instruction per line, with the names of calls, architectures and
 * actions next to the numbers if they can be determined.
 */
public final class Disassembler {
  private final Target architecture;

  private Disassembler(Target architecture) {
    this.architecture = architecture;
  }

  /**
   * The text of a filter.
   *
   * @param architecture whose calls the filter's numbers are
   */
  public static List<String> lines(Filter filter, Target architecture) {
    InstructionSyntax syntax = syntax(architecture);
    List<String> comments = comments(filter, architecture);
    List<String> lines = new ArrayList<>();
    for (int at = 0; at < filter.size(); at++) {
      String text = syntax.text(filter.instructions().get(at), at);
      String comment = comments.get(at);
      lines.add(
          String.format("%4d: %-32s%s", at, text, comment.isEmpty() ? "" : "; " + comment)
              .stripTrailing());
    }
    return lines;
  }

  /** One instruction without its meaning. */
  public static String line(Filter filter, Target architecture, int at) {
    return syntax(architecture).text(filter.instructions().get(at), at).replaceAll(" +", " ");
  }

  /**
   * The meaning of the numbers in each instruction: calls, fields, architectures and actions.
   *
   * @return a text for each instruction, empty if there is none
   */
  public static List<String> comments(Filter filter, Target architecture) {
    Disassembler disassembler = new Disassembler(architecture);
    AccumulatorContents contents = AccumulatorContents.of(filter);
    List<String> comments = new ArrayList<>();
    for (int at = 0; at < filter.size(); at++) {
      comments.add(disassembler.comment(filter.instructions().get(at), contents.before(at)));
    }
    return comments;
  }

  private static InstructionSyntax syntax(Target architecture) {
    return new InstructionSyntax(
        6,
        "A",
        "X",
        "len",
        k -> "0x" + Long.toHexString(k),
        offset -> field(offset, architecture),
        Long::toString);
  }

  public static String text(BpfInstruction instruction, int at, Target architecture) {
    return syntax(architecture).text(instruction, at);
  }

  /** The name of a word of {@code seccomp_data}: {@code nr}, {@code arg0.low} and the like. */
  public static String field(long offset, Target architecture) {
    return new Disassembler(architecture).field((int) offset);
  }

  private String field(int offset) {
    if (offset == SeccompData.NR) {
      return "nr";
    }
    if (offset == SeccompData.ARCH) {
      return "arch";
    }
    boolean high = offset % 8 == SeccompData.highHalf(0, architecture.order()) % 8;
    String name =
        offset < SeccompData.ARGS ? "ip" : "arg" + (offset - SeccompData.ARGS) / Long.BYTES;
    return name + (high ? ".high" : ".low");
  }

  private String comment(BpfInstruction i, int loaded) {
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
      return Target.ofAuditNumber(i.k()).map(Target::id).orElse("");
    }
    return "";
  }
}
