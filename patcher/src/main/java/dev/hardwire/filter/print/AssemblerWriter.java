package dev.hardwire.filter.print;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Disassembler;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.FilterException;
import dev.hardwire.filter.InstructionSyntax;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes filters in the language of the kernel's assembler for classic BPF, {@code bpf_asm} of
 * {@code tools/bpf} (Documentation/networking/filter.rst), which produces the same instructions.
 */
public final class AssemblerWriter {
  private static final InstructionSyntax SYNTAX =
      new InstructionSyntax(
          5,
          "a",
          "x",
          "#len",
          k -> "#0x" + Long.toHexString(k),
          Long::toString,
          AssemblerWriter::label);

  private AssemblerWriter() {}

  /**
   * The text of a filter, one instruction per line, with labels at jump targets.
   *
   * @param architecture whose names are used in comments
   * @throws FilterException if an instruction has bits that the language cannot write
   */
  public static List<String> lines(Filter filter, Target architecture) {
    List<String> comments = Disassembler.comments(filter, architecture);
    Set<Integer> targets = targets(filter);
    List<String> lines = new ArrayList<>();
    for (int at = 0; at < filter.size(); at++) {
      BpfInstruction i = filter.instructions().get(at);
      requireWritable(i, at);
      String label = targets.contains(at) ? label(at) + ":" : "";
      String comment = isField(i) ? Disassembler.field(i.k(), architecture) : comments.get(at);
      String text = String.format("%-7s %-32s", label, SYNTAX.text(i, at));
      lines.add((comment.isEmpty() ? text : text + "; " + comment).stripTrailing());
    }
    return lines;
  }

  private static boolean isField(BpfInstruction i) {
    return i.code() == (Bpf.LD | Bpf.ABS);
  }

  private static String label(long at) {
    return "L" + at;
  }

  private static Set<Integer> targets(Filter filter) {
    Set<Integer> targets = new TreeSet<>();
    for (int at = 0; at < filter.size(); at++) {
      BpfInstruction i = filter.instructions().get(at);
      if (i.code() == (Bpf.JMP | Bpf.JA)) {
        targets.add(at + 1 + (int) i.k());
      } else if (i.kind() == Bpf.JMP) {
        targets.add(at + 1 + i.jt());
        targets.add(at + 1 + i.jf());
      }
    }
    return targets;
  }

  /** The assembler sets fields that the kernel ignores to 0. */
  private static void requireWritable(BpfInstruction i, int at) {
    boolean jumps = i.kind() == Bpf.JMP && i.code() != (Bpf.JMP | Bpf.JA);
    boolean ignoresK =
        switch (i.kind()) {
          case Bpf.JMP -> jumps && (i.code() & Bpf.X) != 0;
          case Bpf.ALU -> (i.code() & Bpf.X) != 0 || (i.code() & 0xf0) == Bpf.NEG;
          case Bpf.RET -> i.code() == (Bpf.RET | Bpf.A);
          case Bpf.MISC -> true;
          default -> (i.code() & 0xe0) == Bpf.LEN;
        };
    if ((!jumps && (i.jt() != 0 || i.jf() != 0)) || (ignoresK && i.k() != 0)) {
      throw new FilterException(at, "a field without a meaning is not 0, which asm cannot write");
    }
  }
}
