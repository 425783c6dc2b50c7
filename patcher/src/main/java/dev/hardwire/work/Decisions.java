package dev.hardwire.work;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.resolve.Expression;
import dev.hardwire.filter.resolve.NumberedRule;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.verify.result.PatchSummary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a policy decides on an architecture: for each call number the rules in their order, and what
 * else is given up. Names, reasons, groups and the order of rules for different calls do not
 * matter, so the digest is that of another text with the same decisions. {@code
 * docs/predicate-v1.md} describes the text.
 */
final class Decisions {
  private final StringBuilder text = new StringBuilder();

  private Decisions() {}

  /**
   * The policy of a patch.
   *
   * @param name for people
   * @param sha256 of the text with what it decides
   */
  record Summary(String name, Bytes sha256) {}

  static Summary of(PatchSummary patch) {
    byte[] canonical = patch.policyText().getBytes(StandardCharsets.UTF_8);
    Policy policy = YamlPolicyReader.read(canonical, "the policy in the file");
    String text = text(policy, patch.architecture());
    return new Summary(policy.name(), Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)).sha256());
  }

  /** The text whose digest is stated. */
  static String text(Policy policy, Target architecture) {
    Decisions decisions = new Decisions();
    decisions.text.append("decisions 1 ").append(architecture.id()).append('\n');
    decisions.add(ResolvedPolicy.of(policy, architecture));
    for (Phase phase : policy.phases()) {
      decisions.text.append("phase ").append(phase.function().orElse("main")).append('\n');
      decisions.add(ResolvedPolicy.of(policy, phase, architecture));
    }
    return decisions.text.toString();
  }

  private void add(ResolvedPolicy resolved) {
    Policy policy = resolved.policy();
    text.append("default ").append(resolved.defaultVerdict().value()).append('\n');
    SortedMap<Integer, String> calls = new TreeMap<>();
    resolved
        .rules()
        .forEach((number, rules) -> calls.put(number, call(rules, resolved.otherwise(number))));
    calls.forEach(
        (number, decision) -> {
          if (!decision.equals(otherwise(resolved.otherwise(number)))) {
            text.append(number).append(decision).append('\n');
          }
        });
    for (NumberedRule rule : resolved.numbered()) {
      text.append(rule.numbers().from()).append('-').append(rule.numbers().to());
      text.append(otherwise(Verdict.of(rule.rule().action()))).append('\n');
    }
    text.append(
        YamlPolicyWriter.write(
            new Policy(
                policy.version(),
                "decisions",
                policy.defaultAction(),
                List.of(),
                policy.noNewPrivs(),
                policy.log(),
                false,
                policy.defaultPosition(),
                policy.landlock(),
                policy.limits(),
                policy.capabilities(),
                policy.seal(),
                List.of(),
                Map.of())));
  }

  private static String otherwise(Verdict verdict) {
    return " " + verdict.value();
  }

  /** The decision about a call: conditions with verdicts, and the verdict without a condition. */
  private static String call(List<ResolvedRule> rules, Verdict defaultVerdict) {
    List<String> parts = new ArrayList<>();
    String last = otherwise(defaultVerdict);
    for (ResolvedRule rule : rules) {
      String verdict = otherwise(Verdict.of(rule.rule().action()));
      if (rule.isUnconditional()) {
        last = verdict;
        break;
      }
      parts.add(" if " + condition(rule.condition()) + verdict);
    }
    while (!parts.isEmpty() && parts.get(parts.size() - 1).endsWith(")" + last)) {
      parts.remove(parts.size() - 1); // it changes nothing
    }
    return String.join("", parts) + last;
  }

  private static String condition(Expression expression) {
    if (expression instanceof Expression.Constant constant) {
      return "(" + constant.value() + ")";
    }
    if (expression instanceof Expression.Not not) {
      return "(not " + condition(not.part()) + ")";
    }
    if (expression instanceof Expression.Test test) {
      return "(%d %d%s %x %s %x)"
          .formatted(
              test.argument(),
              test.bits(),
              test.signed() ? "s" : "u",
              test.mask(),
              test.comparison(),
              test.value());
    }
    boolean all = expression instanceof Expression.All;
    List<Expression> parts =
        expression instanceof Expression.All one
            ? one.parts()
            : ((Expression.Any) expression).parts();
    StringBuilder text = new StringBuilder(all ? "(and" : "(or");
    parts.forEach(part -> text.append(' ').append(condition(part)));
    return text.append(')').toString();
  }
}
