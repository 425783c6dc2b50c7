package dev.hardwire.filter.print;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.AccumulatorContents;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Disassembler;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A filter as a graph of tests and results.
 *
 * <p>Invariant: the first node is that of the first instruction, and edges lead to later ones.
 * Nodes that nothing leads to are left out.
 *
 * @param nodes by the index of their first instruction
 */
public record FilterGraph(NavigableMap<Integer, Node> nodes) {
  /** What a node ends with. */
  public enum Kind {
    /** Continues in one of two ways. */
    TEST,
    /** Continues in one way. */
    STEP,
    /** Lets the call through. */
    ALLOW,
    /** Any other result. */
    REFUSAL
  }

  /**
   * One test or result with the instructions that belong to it.
   *
   * @param lines what it does
   * @param yes the node that follows a test that holds, or a step; -1 after a result
   * @param no the node that follows a test that does not hold; -1 elsewhere
   * @param marked whether one of the chosen calls reaches it
   * @param passed the nodes to which these calls continue
   */
  public record Node(
      List<String> lines, Kind kind, int yes, int no, boolean marked, Set<Integer> passed) {
    public Node {
      lines = List.copyOf(lines);
      passed = Set.copyOf(passed);
    }
  }

  /**
   * The graph of a filter.
   *
   * @param marked calls whose paths are marked
   */
  public static FilterGraph of(Filter filter, Target architecture, List<SeccompData> marked) {
    return new Builder(filter, architecture, marked).graph();
  }

  private static final class Builder {
    private final Filter filter;
    private final Target architecture;
    private final AccumulatorContents contents;
    private final List<String> comments;
    private final Set<Integer> starts = new TreeSet<>();
    private final List<SeccompData> marked;

    /** Where the chosen calls continue, by node. */
    private final Map<Integer, Set<Integer>> passed = new HashMap<>();

    Builder(Filter filter, Target architecture, List<SeccompData> marked) {
      this.filter = filter;
      this.architecture = architecture;
      this.contents = AccumulatorContents.of(filter);
      this.comments = Disassembler.comments(filter, architecture);
      this.marked = List.copyOf(marked);
    }

    private void pass(SeccompData call) {
      List<Integer> path = new ArrayList<>();
      Emulator.run(filter, call, path::add);
      path.removeIf(at -> !starts.contains(at));
      for (int i = 0; i < path.size(); i++) {
        Set<Integer> next = passed.computeIfAbsent(path.get(i), at -> new TreeSet<>());
        if (i + 1 < path.size()) {
          next.add(path.get(i + 1));
        }
      }
    }

    FilterGraph graph() {
      starts.add(0);
      TreeMap<Integer, Node> nodes = new TreeMap<>();
      for (int at = 0; at < filter.size(); at++) {
        BpfInstruction i = filter.instructions().get(at);
        if (i.kind() == Bpf.JMP) {
          starts.add(target(at + 1 + (isJump(i) ? (int) i.k() : i.jt())));
          starts.add(target(at + 1 + (isJump(i) ? (int) i.k() : i.jf())));
        }
      }
      marked.forEach(this::pass);
      Set<Integer> reached = new TreeSet<>(Set.of(0));
      for (int start : starts) { // every edge leads to a later one
        if (reached.contains(start)) {
          Node node = node(start);
          nodes.put(start, node);
          reached.addAll(List.of(node.yes, node.no));
        }
      }
      return new FilterGraph(nodes);
    }

    private static boolean isJump(BpfInstruction i) {
      return i.code() == (Bpf.JMP | Bpf.JA);
    }

    /** The instruction itself, or the one that it jumps to. */
    private int target(int at) {
      BpfInstruction i = filter.instructions().get(at);
      return isJump(i) ? target(at + 1 + (int) i.k()) : at;
    }

    private Node node(int start) {
      List<String> lines = new ArrayList<>();
      Set<Integer> next = passed.getOrDefault(start, Set.of());
      boolean isMarked = passed.containsKey(start);
      int at = start;
      while (true) {
        BpfInstruction i = filter.instructions().get(at);
        if (i.kind() == Bpf.RET) {
          Verdict verdict = new Verdict(i.k());
          boolean isConstant = i.code() == (Bpf.RET | Bpf.K);
          lines.add(isConstant ? comments.get(at) : "the result is the accumulator");
          boolean allows = isConstant && verdict.value() == Verdict.ALLOW;
          return new Node(lines, allows ? Kind.ALLOW : Kind.REFUSAL, -1, -1, isMarked, next);
        }
        if (isJump(i)) {
          return new Node(
              lines.isEmpty() ? List.of("") : lines, Kind.STEP, target(at), -1, isMarked, next);
        }
        if (i.kind() == Bpf.JMP) {
          lines.add(test(i, at));
          return new Node(
              lines, Kind.TEST, target(at + 1 + i.jt()), target(at + 1 + i.jf()), isMarked, next);
        }
        boolean isNamed = i.code() == (Bpf.LD | Bpf.ABS) && isTested(at + 1);
        if (!isNamed) {
          lines.add(Disassembler.text(i, at, architecture));
        }
        at++;
        if (starts.contains(at)) {
          return new Node(
              lines.isEmpty() ? List.of("") : lines, Kind.STEP, target(at), -1, isMarked, next);
        }
      }
    }

    /** Whether an instruction is a test that names the field that was loaded. */
    private boolean isTested(int at) {
      BpfInstruction i = filter.instructions().get(at);
      return i.kind() == Bpf.JMP && !isJump(i) && contents.before(at) >= 0 && !starts.contains(at);
    }

    private String test(BpfInstruction i, int at) {
      int field = contents.before(at);
      String left = field < 0 ? "A" : Disassembler.field(field, architecture);
      String right = (i.code() & Bpf.X) != 0 ? "X" : "0x" + Long.toHexString(i.k());
      String name = comments.get(at).replaceFirst("^>=? ", "");
      right = name.isEmpty() ? right : name;
      return switch (i.code() & 0xf0) {
        case Bpf.JEQ -> left + " == " + right;
        case Bpf.JGT -> left + " > " + right;
        case Bpf.JGE -> left + " >= " + right;
        default -> "(" + left + " & " + right + ") != 0";
      };
    }
  }
}
