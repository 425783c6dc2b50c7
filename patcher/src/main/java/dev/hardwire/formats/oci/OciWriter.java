package dev.hardwire.formats.oci;

import dev.hardwire.filter.compile.PlainCheck;
import dev.hardwire.filter.compile.PlainPolicy;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.PolicyException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes OCI profiles.
 *
 * <p>Runtimes compare 64 bits where the kernel may look at 32; the written comparisons leave the
 * other bits out, by {@code SCMP_CMP_MASKED_EQ}.
 */
public final class OciWriter {
  private OciWriter() {}

  /**
   * The profile's JSON, a line feed last.
   *
   * @throws PolicyException if the format cannot express it
   */
  public static String write(PlainPolicy policy) {
    StringBuilder json = new StringBuilder("{\n");
    json.append("  \"defaultAction\": ").append(action(policy.defaultAction()));
    if (policy.defaultAction() instanceof Action.Errno errno) {
      json.append(",\n  \"defaultErrnoRet\": ").append(errno.number());
    }
    String architecture = policy.architecture().libseccompName();
    json.append(",\n  \"architectures\": [").append(quote(architecture)).append("]");
    if (policy.log()) {
      json.append(",\n  \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"]");
    }
    List<String> rules = rules(policy);
    json.append(",\n  \"syscalls\": [");
    json.append(rules.isEmpty() ? "]" : String.join(",", rules) + "\n  ]");
    return json.append("\n}\n").toString();
  }

  /** Calls with one action whatever their arguments are one rule. */
  private static List<String> rules(PlainPolicy policy) {
    Map<List<Object>, List<String>> whole = new LinkedHashMap<>();
    List<String> conditional = new ArrayList<>();
    for (PlainPolicy.PlainRule rule : policy.rules()) {
      if (rule.checks().isEmpty()) {
        whole
            .computeIfAbsent(List.of(rule.action(), rule.reason()), key -> new ArrayList<>())
            .add(rule.call());
      } else {
        conditional.add(rule(List.of(rule.call()), rule));
      }
    }
    List<String> rules = new ArrayList<>();
    for (PlainPolicy.PlainRule rule : policy.rules()) {
      if (rule.checks().isEmpty()) {
        List<String> calls = whole.remove(List.of(rule.action(), rule.reason()));
        if (calls != null) {
          rules.add(rule(calls, rule));
        }
      }
    }
    rules.addAll(conditional);
    return rules;
  }

  private static String rule(List<String> calls, PlainPolicy.PlainRule rule) {
    Action action = rule.action();
    List<PlainCheck> checks = rule.checks();
    StringBuilder json = new StringBuilder("\n    {\n      \"names\": [");
    json.append(calls.stream().map(OciWriter::quote).collect(Collectors.joining(", ")));
    json.append("],\n      \"action\": ").append(action(action));
    if (action instanceof Action.Errno errno) {
      json.append(",\n      \"errnoRet\": ").append(errno.number());
    }
    rule.reason()
        .ifPresent(reason -> json.append(",\n      \"comment\": ").append(escaped(reason)));
    if (!checks.isEmpty()) {
      json.append(",\n      \"args\": [");
      json.append(checks.stream().map(OciWriter::check).collect(Collectors.joining(",")));
      json.append("\n      ]");
    }
    return json.append("\n    }").toString();
  }

  private static String check(PlainCheck check) {
    boolean masked = check.kind() == PlainCheck.Kind.BITS && check.mask() != -1;
    String operator =
        switch (check.kind()) {
          case BITS -> masked ? "SCMP_CMP_MASKED_EQ" : "SCMP_CMP_EQ";
          case AT_LEAST -> "SCMP_CMP_GE";
          case AT_MOST -> "SCMP_CMP_LE";
          case NOT -> "SCMP_CMP_NE";
        };
    String value = Long.toUnsignedString(masked ? check.mask() : check.value());
    String second = masked ? ", \"valueTwo\": " + Long.toUnsignedString(check.value()) : "";
    return "\n        {\"index\": "
        + check.argument()
        + ", \"value\": "
        + value
        + second
        + ", \"op\": "
        + quote(operator)
        + "}";
  }

  /** A reason has no control characters. */
  private static String escaped(String reason) {
    return quote(reason.replace("\\", "\\\\").replace("\"", "\\\""));
  }

  /** Names of calls and constants need no escapes. */
  private static String quote(String name) {
    return "\"" + name + "\"";
  }

  private static String action(Action action) {
    String name = action.toString().split(" ", 2)[0]; // the number of an error is apart
    return quote("SCMP_ACT_" + name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
