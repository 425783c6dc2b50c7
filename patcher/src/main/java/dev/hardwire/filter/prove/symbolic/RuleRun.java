package dev.hardwire.filter.prove.symbolic;

import dev.hardwire.filter.resolve.Expression;
import dev.hardwire.filter.resolve.ResolvedRule;
import java.util.List;
import java.util.Optional;

/**
 * Consecutive rules of a call that become one function at once. Rule by rule, each of thousands
 * would add as many nodes as the arguments have bits.
 */
public interface RuleRun {
  /** Shorter runs are no use. */
  int LEAST = 16;

  /** The run that begins at an index, as long as it is. */
  static Optional<RuleRun> from(List<ResolvedRule> rules, int from) {
    return EqualityRun.from(rules, from).or(() -> IntervalRun.from(rules, from));
  }

  /** The run that ends at an index, as long as it is. */
  static Optional<RuleRun> upTo(List<ResolvedRule> rules, int last) {
    return EqualityRun.upTo(rules, last).or(() -> IntervalRun.upTo(rules, last));
  }

  /** All rules of the run, in order; each matches some values and not others. */
  List<ResolvedRule> all();

  /** Whether a rule matches a value that no earlier rule of the run does. */
  boolean isFirst(ResolvedRule rule);

  /** What all rules require beside their values. */
  Expression common();

  /** The function that is true for the values. */
  int values(Words words);

  /**
   * The verdicts of the rules; elsewhere {@code otherwise}.
   *
   * @param shared the function of {@link #common}
   */
  int decision(Words words, int shared, int otherwise);
}
