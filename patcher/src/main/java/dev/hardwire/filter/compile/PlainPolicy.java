package dev.hardwire.filter.compile;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A policy on one architecture in a form for formats whose rules have no order.
 *
 * <p>Each path through a call's diagram is a rule; an interval on it becomes blocks of numbers with
 * a common prefix, unless one comparison of all 64 bits expresses it.
 *
 * <p>Invariant: no call matches two rules, and no rule has the default action. Rules are in the
 * order of call numbers.
 *
 * @param architecture that it is for
 * @param noNewPrivs as in the policy
 * @param log as in the policy
 * @param defaultPosition where the default action stands
 */
public record PlainPolicy(
    Target architecture,
    Action defaultAction,
    List<PlainRule> rules,
    boolean noNewPrivs,
    boolean log,
    Position defaultPosition) {
  /** The maximum number of rules for one call; more would be unreadable. */
  private static final int LIMIT = 500;

  public PlainPolicy {
    rules = List.copyOf(rules);
  }

  /**
   * One call, perhaps with some arguments only.
   *
   * @param checks all of which hold, on different arguments; empty for whatever arguments
   * @param position of the rule that it comes from
   * @param reason of that rule
   */
  public record PlainRule(
      Action action,
      String call,
      List<PlainCheck> checks,
      Position position,
      Optional<String> reason) {
    public PlainRule {
      checks = List.copyOf(checks);
    }
  }

  /**
   * The rules of a policy on an architecture.
   *
   * @throws PolicyException as {@link #of(ResolvedPolicy)}, or if it is not valid there
   */
  public static PlainPolicy of(Policy policy, Target architecture) {
    return of(ResolvedPolicy.of(policy, architecture));
  }

  /**
   * The rules of a policy.
   *
   * @throws PolicyException if one call would take more than a few hundred
   */
  public static PlainPolicy of(ResolvedPolicy policy) {
    requireNames(policy);
    List<PlainRule> plain = new ArrayList<>();
    for (List<ResolvedRule> rules : policy.rules().values()) {
      List<Variable> variables = CallDecision.variables(rules);
      Diagram diagram =
          new DiagramBuilder(variables, rules.get(0), new Work())
              .decide(rules, policy.defaultVerdict());
      new Walk(policy.defaultVerdict(), rules, variables, plain).walk(diagram, new HashMap<>());
    }
    return new PlainPolicy(
        policy.architecture(),
        policy.policy().defaultAction(),
        plain,
        policy.policy().noNewPrivs(),
        policy.policy().log(),
        policy.policy().defaultPosition());
  }

  private static void requireNames(ResolvedPolicy policy) {
    List<Rule> rules = new ArrayList<>();
    policy.numbered().forEach(numbered -> rules.add(numbered.rule()));
    policy.rules().values().stream()
        .flatMap(List::stream)
        .filter(rule -> rule.name().startsWith("nr "))
        .forEach(rule -> rules.add(rule.rule()));
    if (!rules.isEmpty()) {
      throw new PolicyException(
          rules.get(0).position(), "the format cannot express call numbers without a name");
    }
  }

  /** One call's diagram. */
  private static final class Walk {
    private final Verdict otherwise;
    private final List<ResolvedRule> from;
    private final List<PlainRule> rules;

    /** Arguments with two variables: they are checked by bits, which can be combined. */
    private final Set<Integer> shared = new HashSet<>();

    private int count;

    Walk(
        Verdict otherwise,
        List<ResolvedRule> from,
        List<Variable> variables,
        List<PlainRule> rules) {
      this.otherwise = otherwise;
      this.from = from;
      this.rules = rules;
      Set<Integer> seen = new HashSet<>();
      for (Variable variable : variables) {
        if (!seen.add(variable.argument())) {
          shared.add(variable.argument());
        }
      }
    }

    /**
     * Adds the rules below a diagram.
     *
     * @param checks the checks on the path to it, by argument
     */
    void walk(Diagram diagram, Map<Integer, PlainCheck> checks) {
      if (diagram instanceof Diagram.Terminal terminal) {
        add(terminal.verdict, checks);
        return;
      }
      Diagram.Choice choice = (Diagram.Choice) diagram;
      boolean alone = !shared.contains(choice.variable.argument());
      for (Diagram child : choice.children.stream().distinct().toList()) {
        if (!isDefault(child)) {
          List<PlainCheck> parts =
              alone ? IntervalChecks.of(choice, child) : IntervalChecks.blocks(choice, child);
          parts.forEach(part -> below(child, checks, part));
        }
      }
    }

    private void below(Diagram child, Map<Integer, PlainCheck> checks, PlainCheck part) {
      PlainCheck earlier = checks.get(part.argument());
      Map<Integer, PlainCheck> more = new HashMap<>(checks);
      if (earlier == null) {
        more.put(part.argument(), part);
        walk(child, more);
        return;
      }
      earlier
          .and(part)
          .ifPresent(
              both -> {
                more.put(both.argument(), both);
                walk(child, more);
              });
    }

    private boolean isDefault(Diagram diagram) {
      return diagram instanceof Diagram.Terminal terminal && terminal.verdict.equals(otherwise);
    }

    /** The reason of the call's rules with an action, if they have one reason. */
    private Optional<String> reason(Action action) {
      List<Optional<String>> reasons =
          from.stream()
              .map(ResolvedRule::rule)
              .filter(rule -> rule.action().equals(action))
              .map(Rule::reason)
              .distinct()
              .toList();
      return reasons.size() == 1 ? reasons.get(0) : Optional.empty();
    }

    private void add(Verdict verdict, Map<Integer, PlainCheck> checks) {
      if (verdict.equals(otherwise)) {
        return;
      }
      ResolvedRule rule = from.get(0);
      if (++count > LIMIT) {
        throw new PolicyException(
            rule.rule().position(),
            "the conditions on " + rule.name() + " take more than " + LIMIT + " rules there");
      }
      Action action = verdict.toAction().orElseThrow();
      rules.add(
          new PlainRule(
              action,
              rule.name(),
              List.copyOf(new TreeMap<>(checks).values()),
              rule.rule().position(),
              reason(action)));
    }
  }

  /** Expresses by simple checks that a variable has one of the values that lead to a child. */
  private static final class IntervalChecks {
    private IntervalChecks() {}

    /** Alternatives of which exactly one holds if the child is reached. */
    static List<PlainCheck> of(Diagram.Choice choice, Diagram child) {
      int argument = choice.variable.argument();
      boolean whole = choice.variable.mask() == -1;
      int pieces = choice.children.size();
      List<Integer> reaching = new ArrayList<>();
      for (int i = 0; i < pieces; i++) {
        if (choice.children.get(i) == child) {
          reaching.add(i);
        }
      }
      if (whole && reaching.size() == 2 && pieces == 3 && reaching.get(0) == 0) {
        long hole = choice.starts[1];
        if (reaching.get(1) == 2 && choice.end(1) == hole) {
          return List.of(new PlainCheck(argument, PlainCheck.Kind.NOT, -1, hole));
        }
      }
      if (whole && reaching.size() == 1) {
        int piece = reaching.get(0);
        if (piece == 0) {
          return List.of(new PlainCheck(argument, PlainCheck.Kind.AT_MOST, -1, choice.end(0)));
        }
        if (piece == pieces - 1) {
          return List.of(
              new PlainCheck(argument, PlainCheck.Kind.AT_LEAST, -1, choice.starts[piece]));
        }
      }
      return blocks(choice, child);
    }

    /** The same as blocks of numbers whose highest bits are given. */
    static List<PlainCheck> blocks(Diagram.Choice choice, Diagram child) {
      List<PlainCheck> checks = new ArrayList<>();
      for (int i = 0; i < choice.children.size(); i++) {
        if (choice.children.get(i) == child) {
          blocks(choice.variable, choice.starts[i], choice.end(i), 0, 64, checks);
        }
      }
      return checks;
    }

    /**
     * Adds the blocks of one interval that lie in one block.
     *
     * @param prefix the block's first number
     * @param free how many of its lowest bits are not given
     */
    private static void blocks(
        Variable variable, long from, long to, long prefix, int free, List<PlainCheck> checks) {
      long inside = free == Long.SIZE ? -1 : (1L << free) - 1;
      long last = prefix | inside;
      boolean apart = Long.compareUnsigned(last, from) < 0 || Long.compareUnsigned(prefix, to) > 0;
      if (apart || (prefix & ~variable.mask()) != 0) {
        return;
      }
      boolean within =
          Long.compareUnsigned(prefix, from) >= 0 && Long.compareUnsigned(last, to) <= 0;
      if (within) {
        long mask = variable.mask() & ~inside;
        checks.add(PlainCheck.bits(variable.argument(), mask, prefix & mask));
        return;
      }
      blocks(variable, from, to, prefix, free - 1, checks);
      blocks(variable, from, to, prefix | 1L << (free - 1), free - 1, checks);
    }
  }
}
