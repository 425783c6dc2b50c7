package dev.hardwire.formats.minijail;

import dev.hardwire.filter.compile.PlainCheck;
import dev.hardwire.filter.compile.PlainPolicy;
import dev.hardwire.formats.Inexpressible;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes minijail's {@code .policy} files, minijail0(5).
 *
 * <p>Where that is enough, calls are allowed or refused as minijail0 reads it; else lists of
 * filters in braces and {@code @default} are used, which {@code compile_seccomp_policy.py} reads.
 * What minijail cannot express exactly is an error that names the rule.
 */
public final class MinijailWriter {
  private MinijailWriter() {}

  /**
   * The file's text.
   *
   * @throws PolicyException if minijail cannot express it
   */
  public static String write(PlainPolicy policy) {
    StringBuilder out = new StringBuilder(header(policy));
    Map<String, List<PlainPolicy.PlainRule>> byCall = new LinkedHashMap<>();
    for (PlainPolicy.PlainRule rule : policy.rules()) {
      byCall.computeIfAbsent(rule.call(), key -> new ArrayList<>()).add(rule);
    }
    byCall.forEach(
        (call, rules) -> out.append(call).append(": ").append(statement(rules)).append('\n'));
    return out.toString();
  }

  private static String header(PlainPolicy policy) {
    Action action = policy.defaultAction();
    if (action instanceof Action.KillProcess) {
      return "";
    } else if (action instanceof Action.KillThread || action instanceof Action.Trap) {
      return "@default " + action + "\n";
    } else if (!(action instanceof Action.Allow)) {
      throw cannot(policy.defaultPosition(), "the default action " + action);
    }
    for (PlainPolicy.PlainRule rule : policy.rules()) {
      if (!(rule.action() instanceof Action.Errno)) {
        throw cannot(rule.position(), rule.action() + " with the default action allow");
      }
    }
    return "@denylist\n";
  }

  private static PolicyException cannot(Position position, String what) {
    return Inexpressible.by("minijail", position, what);
  }

  private static String statement(List<PlainPolicy.PlainRule> rules) {
    PlainPolicy.PlainRule first = rules.get(0);
    if (first.checks().isEmpty()) {
      return action(first);
    }
    if (rules.stream().allMatch(rule -> rule.action() instanceof Action.Allow)) {
      return rules.stream().map(MinijailWriter::clause).collect(Collectors.joining(" || "));
    }
    return rules.stream()
        .map(rule -> clause(rule) + "; " + action(rule))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String action(PlainPolicy.PlainRule rule) {
    if (rule.action() instanceof Action.Allow) {
      return "1";
    } else if (rule.action() instanceof Action.Errno errno) {
      return "return " + errno.number();
    }
    return rule.action().toString();
  }

  private static String clause(PlainPolicy.PlainRule rule) {
    List<String> atoms = new ArrayList<>();
    for (PlainCheck check : rule.checks()) {
      String argument = "arg" + check.argument();
      String value = "0x" + Long.toHexString(check.value());
      switch (check.kind()) {
        case AT_LEAST -> atoms.add(argument + " >= " + value);
        case AT_MOST -> atoms.add(argument + " <= " + value);
        case NOT -> atoms.add(argument + " != " + value);
        default -> bits(check, argument, atoms);
      }
    }
    return String.join(" && ", atoms);
  }

  /** Single bits that must be set, and a list of those that may be: {@code in}. */
  private static void bits(PlainCheck check, String argument, List<String> atoms) {
    if (check.mask() == -1) {
      atoms.add(argument + " == 0x" + Long.toHexString(check.value()));
      return;
    }
    for (int bit = 0; bit < Long.SIZE; bit++) {
      if ((check.value() >>> bit & 1) != 0) {
        atoms.add(argument + " & 0x" + Long.toHexString(1L << bit));
      }
    }
    long mayBeSet = check.value() | ~check.mask();
    if (mayBeSet != -1) {
      atoms.add(argument + " in 0x" + Long.toHexString(mayBeSet));
    }
  }
}
