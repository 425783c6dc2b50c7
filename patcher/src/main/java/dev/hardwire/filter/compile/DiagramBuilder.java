package dev.hardwire.filter.compile;

import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.resolve.Expression;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.PolicyException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/** Makes the diagram of a call's rules. */
final class DiagramBuilder {
  /**
   * The maximum number of nodes in one call's diagrams; a filter has at most 4,096 instructions.
   */
  private static final int LIMIT = 20_000;

  /** From this number of parts on, they are joined in pairs instead of one after the other. */
  private static final int MANY = 64;

  private final List<Variable> order;
  private final ResolvedRule first;
  private final Work work;
  private final Map<Verdict, Diagram> terminals = new HashMap<>();
  private final Map<List<Object>, Diagram> choices = new HashMap<>();

  /** Stands for what follows in a diagram of some of many parts. */
  private final Diagram rest = new Diagram.Terminal(null);

  /** The parts that were joined in pairs, each of which adds nodes. */
  private int joined;

  /**
   * An empty builder.
   *
   * @param order the order in which variables are tested
   * @param first the first rule of the call, for messages
   */
  DiagramBuilder(List<Variable> order, ResolvedRule first, Work work) {
    this.order = List.copyOf(order);
    this.first = first;
    this.work = work;
  }

  /** The decision of the first matching rule, or {@code otherwise}. */
  Diagram decide(List<ResolvedRule> rules, Verdict otherwise) {
    Diagram decision = terminal(otherwise);
    if (rules.size() >= MANY) {
      List<Diagram> parts = new ArrayList<>();
      for (ResolvedRule rule : rules) {
        joined++;
        parts.add(decide(rule.condition(), terminal(Verdict.of(rule.rule().action())), rest));
      }
      return new Join().of(all(parts), decision);
    }
    for (int i = rules.size() - 1; i >= 0; i--) {
      ResolvedRule rule = rules.get(i);
      Diagram action = terminal(Verdict.of(rule.rule().action()));
      decision = decide(rule.condition(), action, decision);
    }
    return decision;
  }

  private Diagram terminal(Verdict verdict) {
    return terminals.computeIfAbsent(verdict, Diagram.Terminal::new);
  }

  private Diagram decide(Expression condition, Diagram yes, Diagram no) {
    if (condition instanceof Expression.Constant constant) {
      return constant.value() ? yes : no;
    }
    if (condition instanceof Expression.Not not) {
      return decide(not.part(), no, yes);
    }
    if (condition instanceof Expression.All all) {
      return decide(all.parts(), true, yes, no);
    }
    if (condition instanceof Expression.Any any) {
      return decide(any.parts(), false, no, yes);
    }
    Expression.Test test = (Expression.Test) condition;
    return new Split(Variable.of(test), ValueSet.of(test)).apply(yes, no);
  }

  /**
   * {@code same} if every part is {@code truth}, else {@code other}. Tests of one variable are one
   * test: a list of a thousand values is as fast as one.
   */
  private Diagram decide(List<Expression> parts, boolean truth, Diagram same, Diagram other) {
    Map<Variable, List<ValueSet>> tests = new LinkedHashMap<>();
    Diagram result = same;
    List<Diagram> many = new ArrayList<>();
    for (Expression part : parts) {
      if (part instanceof Expression.Test test) {
        tests.computeIfAbsent(Variable.of(test), v -> new ArrayList<>()).add(ValueSet.of(test));
      } else if (parts.size() >= MANY) {
        joined++;
        many.add(truth ? decide(part, rest, other) : decide(part, other, rest));
      } else {
        result = truth ? decide(part, result, other) : decide(part, other, result);
      }
    }
    if (!many.isEmpty()) {
      result = new Join().of(all(many), result);
    }
    for (Map.Entry<Variable, List<ValueSet>> entry : tests.entrySet()) {
      ValueSet set = truth ? ValueSet.common(entry.getValue()) : ValueSet.all(entry.getValue());
      Split split = new Split(entry.getKey(), set);
      result = truth ? split.apply(result, other) : split.apply(other, result);
    }
    return result;
  }

  /**
   * Diagrams one after the other, where each leaves something to the {@link #rest}. Joining
   * neighbours in pairs makes the work grow with the number of parts, and not with its square.
   */
  private Diagram all(List<Diagram> parts) {
    List<Diagram> left = parts;
    while (left.size() > 1) {
      List<Diagram> pairs = new ArrayList<>();
      for (int i = 0; i < left.size(); i += 2) {
        pairs.add(i + 1 < left.size() ? new Join().of(left.get(i), left.get(i + 1)) : left.get(i));
      }
      left = pairs;
    }
    return left.get(0);
  }

  /** A diagram with another one in place of the {@link #rest}. */
  private final class Join {
    private final Map<List<Diagram>, Diagram> done = new HashMap<>();

    Diagram of(Diagram one, Diagram next) {
      if (one == rest) {
        return next;
      }
      if (one instanceof Diagram.Terminal || next == rest) {
        return one;
      }
      Diagram known = done.get(List.of(one, next));
      if (known == null) {
        known = combine(one, next);
        done.put(List.of(one, next), known);
      }
      return known;
    }

    private Diagram combine(Diagram one, Diagram next) {
      Variable top = order.get(Math.min(rank(one), rank(next)));
      NavigableSet<Long> breaks = breaks();
      breaks.add(0L);
      addBreaks(breaks, one, top);
      addBreaks(breaks, next, top);
      List<Long> starts = List.copyOf(breaks);
      work.add(starts.size(), first);
      List<Diagram> children = new ArrayList<>();
      for (long start : starts) {
        children.add(of(at(one, top, start), at(next, top, start)));
      }
      return choice(top, starts, children);
    }
  }

  private int rank(Diagram diagram) {
    return diagram instanceof Diagram.Choice choice
        ? order.indexOf(choice.variable)
        : Integer.MAX_VALUE;
  }

  private static NavigableSet<Long> breaks() {
    return new TreeSet<>(Long::compareUnsigned);
  }

  private static void addBreaks(NavigableSet<Long> breaks, Diagram diagram, Variable variable) {
    if (diagram instanceof Diagram.Choice choice && choice.variable.equals(variable)) {
      for (long start : choice.starts) {
        breaks.add(start);
      }
    }
  }

  private static Diagram at(Diagram diagram, Variable variable, long value) {
    return diagram instanceof Diagram.Choice choice && choice.variable.equals(variable)
        ? choice.at(value)
        : diagram;
  }

  /** "If the variable is in the set, then one diagram, else the other". */
  private final class Split {
    private final ValueSet set;
    private final int rank;
    private final Map<List<Diagram>, Diagram> done = new HashMap<>();

    Split(Variable variable, ValueSet set) {
      this.set = set;
      this.rank = order.indexOf(variable);
    }

    Diagram apply(Diagram yes, Diagram no) {
      if (yes == no) {
        return yes;
      }
      Diagram known = done.get(List.of(yes, no));
      if (known == null) {
        known = combine(yes, no);
        done.put(List.of(yes, no), known);
      }
      return known;
    }

    private Diagram combine(Diagram yes, Diagram no) {
      int top = Math.min(rank, Math.min(rank(yes), rank(no)));
      Variable first = order.get(top);
      NavigableSet<Long> breaks = breaks();
      breaks.add(0L);
      addBreaks(breaks, yes, first);
      addBreaks(breaks, no, first);
      if (top == rank) {
        for (ValueSet.Interval interval : set.intervals()) {
          breaks.add(interval.from());
          if (interval.to() != -1) {
            breaks.add(interval.to() + 1);
          }
        }
      }
      List<Long> starts = List.copyOf(breaks);
      work.add(starts.size(), DiagramBuilder.this.first);
      List<Diagram> children = new ArrayList<>();
      for (long start : starts) {
        Diagram y = at(yes, first, start);
        Diagram n = at(no, first, start);
        children.add(top == rank ? (set.contains(start) ? y : n) : apply(y, n));
      }
      return choice(first, starts, children);
    }
  }

  /** The reduced choice, without pieces that no value reaches, and with equal neighbours merged. */
  private Diagram choice(Variable variable, List<Long> starts, List<Diagram> children) {
    List<Long> kept = new ArrayList<>();
    List<Diagram> targets = new ArrayList<>();
    for (int i = 0; i < starts.size(); i++) {
      long end = i + 1 < starts.size() ? starts.get(i + 1) - 1 : -1;
      boolean reached = Variable.hasValue(variable.mask(), starts.get(i), end);
      boolean same = !targets.isEmpty() && targets.get(targets.size() - 1) == children.get(i);
      if (reached && !same) {
        kept.add(targets.isEmpty() ? 0L : starts.get(i));
        targets.add(children.get(i));
      }
    }
    if (targets.size() == 1) {
      return targets.get(0);
    }
    if (choices.size() - 4 * joined > LIMIT) {
      throw new PolicyException(
          first.rule().position(),
          "the conditions on " + first.name() + " combine in too many ways; use fewer arguments");
    }
    return choices.computeIfAbsent(
        List.of(variable, kept, targets),
        key ->
            new Diagram.Choice(
                variable,
                kept.stream().mapToLong(Long::longValue).toArray(),
                List.copyOf(targets)));
  }
}
