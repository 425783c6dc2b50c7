package dev.hardwire.filter.compile;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.resolve.Expression;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.PolicyException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Makes the tests of one call, with the best order of its arguments. */
final class CallDecision {
  /** Up to this number of variables, every order is tried; 24 orders. */
  private static final int ALL_ORDERS = 4;

  /**
   * The maximum number of variables. Each may make diagrams and their tests deeper, and so the
   * stack that it takes to follow them: about 1 KiB.
   */
  private static final int MOST_VARIABLES = 400;

  /** From this number of rules on, only one order for each first variable is tried. */
  private static final int MANY = 1_000;

  private final Target architecture;
  private final NodeGraph graph;
  private final Work work;

  CallDecision(Target architecture, NodeGraph graph, Work work) {
    this.architecture = architecture;
    this.graph = graph;
    this.work = work;
  }

  Node of(List<ResolvedRule> rules, Verdict otherwise) {
    List<Variable> variables = variables(rules);
    if (variables.size() > MOST_VARIABLES) {
      throw new PolicyException(
          rules.get(0).rule().position(),
          "the conditions on %s compare %,d different masks or arguments, and at most %d are proven; use fewer"
              .formatted(rules.get(0).name(), variables.size(), MOST_VARIABLES));
    }
    Node best = null;
    for (List<Variable> order : orders(variables, rules.size() >= MANY)) {
      Diagram diagram = new DiagramBuilder(order, rules.get(0), work).decide(rules, otherwise);
      Node node = new ArgumentTests(architecture, graph).of(diagram);
      if (best == null || better(node, best)) {
        best = node;
      }
    }
    requireFits(best, rules.get(0));
    return best;
  }

  /** Refuses a call whose tests alone are longer than the longest filter. */
  private static void requireFits(Node node, ResolvedRule first) {
    int least = CodeGenerator.count(node);
    if (least > Bpf.MAXIMUM_LENGTH) {
      throw new PolicyException(
          first.rule().position(),
          ("the conditions on %s need %,d instructions or more, the kernel accepts %d for the"
                  + " whole filter: at least %,d too many; use fewer values, or ranges")
              .formatted(first.name(), least, Bpf.MAXIMUM_LENGTH, least - Bpf.MAXIMUM_LENGTH));
    }
  }

  /** The variables of the rules' conditions, in the order in which they appear. */
  static List<Variable> variables(List<ResolvedRule> rules) {
    Set<Variable> variables = new LinkedHashSet<>();
    for (ResolvedRule rule : rules) {
      for (Expression.Test test : rule.condition().tests()) {
        variables.add(Variable.of(test));
      }
    }
    return List.copyOf(variables);
  }

  /** Whether tests are shorter than others, or as short with shorter paths. */
  static boolean better(Node node, Node than) {
    int size = CodeGenerator.count(node) - CodeGenerator.count(than);
    return size < 0 || (size == 0 && node.depth < than.depth);
  }

  private static List<List<Variable>> orders(List<Variable> variables, boolean few) {
    if (variables.size() > ALL_ORDERS) {
      return List.of(variables);
    }
    List<List<Variable>> orders = new ArrayList<>();
    if (few) {
      for (int i = 0; i < Math.max(1, variables.size()); i++) {
        List<Variable> order = new ArrayList<>(variables);
        Collections.rotate(order, -i);
        orders.add(order);
      }
      return orders;
    }
    permute(new ArrayList<>(), variables, orders);
    return orders;
  }

  private static void permute(
      List<Variable> begun, List<Variable> left, List<List<Variable>> orders) {
    if (left.isEmpty()) {
      orders.add(List.copyOf(begun));
      return;
    }
    for (int i = 0; i < left.size(); i++) {
      List<Variable> rest = new ArrayList<>(left);
      begun.add(rest.remove(i));
      permute(begun, rest, orders);
      begun.remove(begun.size() - 1);
    }
  }
}
