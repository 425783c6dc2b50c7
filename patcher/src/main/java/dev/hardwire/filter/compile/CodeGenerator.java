package dev.hardwire.filter.compile;

import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Filter;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Lays a graph of nodes out as instructions.
 *
 * <p>Works from the end to the start, so that the position of every target is known when a jump to
 * it is written. Positions are counted from the end of the program: the last instruction has
 * position 0. A conditional jump reaches 255 instructions; beyond that, a return is repeated, and
 * any other target is reached through an unconditional jump.
 */
final class CodeGenerator {
  private static final int REACH = 255;

  /** Instructions from the last to the first. */
  private final List<BpfInstruction> backwards = new ArrayList<>();

  /**
   * The latest position of each node, which is the nearest one for the next instruction to be
   * written.
   */
  private final Map<Node, Integer> places = new HashMap<>();

  private final Set<Node> turned;

  private CodeGenerator(Set<Node> turned) {
    this.turned = turned;
  }

  /**
   * The instructions.
   *
   * @throws PolicyException if they are more than the kernel accepts
   */
  static Filter generate(Node root) {
    CodeGenerator generator = new CodeGenerator(Set.of());
    generator.nextTo(root);
    return generator
        .filter()
        .orElseThrow(
            () ->
                new PolicyException(
                    Position.NONE,
                    "the filter needs %d instructions, the kernel accepts %d; use fewer conditions"
                        .formatted(generator.backwards.size(), Bpf.MAXIMUM_LENGTH)));
  }

  /**
   * The instructions; empty if they are more than the kernel accepts.
   *
   * @param turned tests that are followed by their larger branch instead of the smaller one
   */
  static Optional<Filter> generate(Node root, Set<Node> turned) {
    CodeGenerator generator = new CodeGenerator(turned);
    generator.nextTo(root);
    return generator.filter();
  }

  private Optional<Filter> filter() {
    if (backwards.size() > Bpf.MAXIMUM_LENGTH) {
      return Optional.empty();
    }
    List<BpfInstruction> instructions = new ArrayList<>(backwards);
    Collections.reverse(instructions);
    return Optional.of(new Filter(instructions));
  }

  /** The number of different nodes below {@code root}, approximately the number of instructions. */
  static int count(Node root) {
    Set<Node> seen = new HashSet<>();
    Deque<Node> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      Node node = open.pop();
      if (!seen.add(node)) {
        continue;
      }
      if (node instanceof Node.Step step) {
        open.push(step.next);
      } else if (node instanceof Node.Branch branch) {
        open.push(branch.yes);
        open.push(branch.no);
      }
    }
    return seen.size();
  }

  private int write(BpfInstruction instruction) {
    backwards.add(instruction);
    return backwards.size() - 1;
  }

  /** Instructions between the next one to be written and {@code place}. */
  private int distance(int place) {
    return backwards.size() - 1 - place;
  }

  /** Ensures that the next instruction to be written directly precedes {@code node}. */
  private void nextTo(Node node) {
    Integer place = places.get(node);
    if (place != null && distance(place) == 0) {
      return;
    }
    if (place != null && !(node instanceof Node.Return)) {
      write(BpfInstruction.of(Bpf.JMP | Bpf.JA, distance(place)));
      return;
    }
    place(node);
  }

  /** Writes {@code node} and its targets, unless it already has a position. */
  private void ensure(Node node) {
    if (!places.containsKey(node)) {
      place(node);
    }
  }

  private void place(Node node) {
    int place;
    if (node instanceof Node.Return end) {
      place = write(BpfInstruction.of(Bpf.RET | Bpf.K, end.value));
    } else if (node instanceof Node.Step step) {
      nextTo(step.next);
      place = write(BpfInstruction.of(step.code, step.k));
    } else {
      place = branch((Node.Branch) node);
    }
    places.put(node, place);
  }

  private int branch(Node.Branch branch) {
    boolean yesLarger = branch.yes.weight >= branch.no.weight;
    boolean yesFirst = yesLarger != turned.contains(branch);
    ensure(yesFirst ? branch.yes : branch.no);
    ensure(yesFirst ? branch.no : branch.yes);
    // A jump written for one branch moves the other branch away by one.
    int yes = reachable(branch.yes, 1);
    int no = reachable(branch.no, 0);
    if (distance(yes) > REACH) {
      yes = reachable(branch.yes, 0);
    }
    return write(
        new BpfInstruction(Bpf.JMP | branch.operation, distance(yes), distance(no), branch.k));
  }

  /** A position that leads to {@code node} and stays in reach after {@code more} instructions. */
  private int reachable(Node node, int more) {
    int place = places.get(node);
    if (distance(place) + more <= REACH) {
      return place;
    }
    if (node instanceof Node.Return end) {
      int copy = write(BpfInstruction.of(Bpf.RET | Bpf.K, end.value));
      places.put(node, copy);
      return copy;
    }
    return write(BpfInstruction.of(Bpf.JMP | Bpf.JA, distance(place)));
  }
}
