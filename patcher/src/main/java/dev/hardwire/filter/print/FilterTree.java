package dev.hardwire.filter.print;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.AccumulatorContents;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Disassembler;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import java.util.ArrayList;
import java.util.List;

/**
 * A filter as a graph of decisions, with texts for people.
 *
 * @param nodes one for each instruction
 */
public record FilterTree(List<Node> nodes) {
  private static final String[] COMPARISONS = {"", "=", ">", "≥", "&"};

  /** What an instruction does for a decision. */
  public enum Kind {
    /** Loads or computes something, and goes on. */
    STEP,
    /** Goes on in one of two places. */
    TEST,
    /** Ends the filter. */
    DECISION
  }

  /**
   * One instruction.
   *
   * @param text the test, the step or the decision
   * @param yes index of the instruction that follows, for a test if it holds
   * @param no index of the instruction that follows a test that does not hold
   * @param shown whether it says something that the nodes behind it do not say, too
   */
  public record Node(Kind kind, String text, int yes, int no, boolean shown) {}

  public FilterTree {
    nodes = List.copyOf(nodes);
  }

  /**
   * The graph of a filter.
   *
   * @param architecture whose calls the filter's numbers are
   */
  public static FilterTree of(Filter filter, Target architecture) {
    AccumulatorContents contents = AccumulatorContents.of(filter);
    List<String> comments = Disassembler.comments(filter, architecture);
    List<Node> nodes = new ArrayList<>();
    for (int at = 0; at < filter.size(); at++) {
      BpfInstruction i = filter.instructions().get(at);
      int next = at + 1;
      if (i.kind() == Bpf.RET) {
        String value = i.code() == (Bpf.RET | Bpf.A) ? "the value of A" : comments.get(at);
        nodes.add(new Node(Kind.DECISION, value, at, at, true));
      } else if (i.kind() != Bpf.JMP) {
        boolean plain = i.code() == (Bpf.LD | Bpf.ABS) && contents.before(next) == (int) i.k();
        String text = Disassembler.line(filter, architecture, at);
        nodes.add(new Node(Kind.STEP, text, next, next, !plain));
      } else if (i.code() == (Bpf.JMP | Bpf.JA)) {
        int target = next + (int) i.k();
        nodes.add(new Node(Kind.STEP, "go on", target, target, false));
      } else {
        String text = test(i, contents.before(at), comments.get(at), architecture);
        nodes.add(new Node(Kind.TEST, text, next + i.jt(), next + i.jf(), true));
      }
    }
    return new FilterTree(nodes);
  }

  private static String test(BpfInstruction i, int loaded, String comment, Target architecture) {
    boolean bits = (i.code() & 0xf0) == Bpf.JSET;
    String value =
        loaded == AccumulatorContents.UNKNOWN ? "A" : Disassembler.field(loaded, architecture);
    String constant =
        (i.code() & Bpf.X) != 0
            ? "X"
            : loaded == SeccompData.NR && !bits
                ? Long.toString(i.k())
                : "0x" + Long.toHexString(i.k());
    String text = value + " " + COMPARISONS[(i.code() & 0xf0) >> 4] + " " + constant;
    String name = comment.replaceFirst("^>=? ", "");
    return text + (bits ? " ≠ 0" : "") + (name.isEmpty() ? "" : " (" + name + ")");
  }
}
