package dev.hardwire.filter.prove.symbolic;

import dev.hardwire.filter.resolve.Expression;
import dev.hardwire.filter.resolve.ResolvedRule;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Consecutive rules of a call that become one function at once. Rule by rule, each of thousands
 * would add as many nodes as the arguments have bits.
 */
public abstract class RuleRun {
  /** Shorter runs are no use. */
  static final int LEAST = 16;

  private final List<ResolvedRule> all;
  private final List<Expression> common;

  /** Compared by identity. */
  final Set<ResolvedRule> firsts = Collections.newSetFromMap(new IdentityHashMap<>());

  RuleRun(List<ResolvedRule> all, List<Expression> common) {
    this.all = List.copyOf(all);
    this.common = common;
  }

  /** The run that begins at an index, as long as it is. */
  public static Optional<RuleRun> from(List<ResolvedRule> rules, int from) {
    return EqualityRun.beginningAt(rules, from).or(() -> IntervalRun.beginningAt(rules, from));
  }

  /** The run that ends at an index, as long as it is. */
  public static Optional<RuleRun> upTo(List<ResolvedRule> rules, int last) {
    return EqualityRun.endingAt(rules, last).or(() -> IntervalRun.endingAt(rules, last));
  }

  /** All rules of the run, in order; each matches some values and not others. */
  public final List<ResolvedRule> all() {
    return all;
  }

  /** Whether a rule matches a value that no earlier rule of the run does. */
  public final boolean isFirst(ResolvedRule rule) {
    return firsts.contains(rule);
  }

  /** What all rules require beside their values. */
  public final Expression common() {
    return new Expression.All(common);
  }

  /** The function that is true for the values. */
  public abstract int values(Words words);

  /**
   * The verdicts of the rules; elsewhere {@code otherwise}.
   *
   * @param shared the function of {@link #common}
   */
  public abstract int decision(Words words, int shared, int otherwise);
}
