package dev.hardwire.seccomp.compile;

import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.ArgumentTable;
import dev.hardwire.seccomp.SyscallTable;
import dev.hardwire.seccomp.Verdict;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import dev.hardwire.seccomp.resolve.ResolvedRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Says in words what a policy decides for each call, rules of one call worked out together. */
public final class PolicyExplanation {
  private final ResolvedPolicy policy;
  private final Architecture architecture;

  private PolicyExplanation(ResolvedPolicy policy) {
    this.policy = policy;
    this.architecture = policy.architecture();
  }

  /**
   * What a policy says of calls; calls of which it says the same share an entry.
   *
   * @param calls their names; empty for every call that the policy names
   */
  public static List<String> of(ResolvedPolicy policy, Set<String> calls) {
    PolicyExplanation explanation = new PolicyExplanation(policy);
    SyscallTable table = SyscallTable.of(policy.architecture());
    Map<String, Set<String>> byText = new LinkedHashMap<>();
    for (String call : calls.isEmpty() ? table.names() : new TreeSet<>(calls)) {
      List<ResolvedRule> rules = policy.rules().get(table.number(call).getAsInt());
      if (rules != null || !calls.isEmpty()) {
        String text = explanation.call(call, rules == null ? List.of() : rules);
        byText.computeIfAbsent(text, key -> new TreeSet<>()).add(call);
      }
    }
    List<String> lines = new ArrayList<>();
    byText.forEach((text, names) -> lines.add(String.join(", ", names) + ":" + text));
    if (calls.isEmpty()) {
      lines.add("every other call: " + policy.defaultVerdict());
    }
    return lines;
  }

  private String call(String name, List<ResolvedRule> rules) {
    if (rules.isEmpty()) {
      return " " + policy.defaultVerdict();
    }
    Diagram diagram =
        new DiagramBuilder(CallDecision.variables(rules), rules.get(0))
            .decide(rules, policy.defaultVerdict());
    if (diagram instanceof Diagram.Terminal terminal) {
      return " " + terminal.verdict;
    }
    StringBuilder text = new StringBuilder();
    ways(name, diagram, List.of(), text);
    return text.toString();
  }

  private void ways(String call, Diagram diagram, List<String> conditions, StringBuilder text) {
    if (diagram instanceof Diagram.Terminal terminal) {
      Verdict verdict = terminal.verdict;
      text.append("\n  ").append(verdict).append(" if ").append(String.join(" and ", conditions));
      return;
    }
    Diagram.Choice choice = (Diagram.Choice) diagram;
    for (Diagram child : choice.children.stream().distinct().toList()) {
      List<String> more = new ArrayList<>(conditions);
      more.add(values(call, choice, child));
      ways(call, child, more, text);
    }
  }

  private String values(String call, Diagram.Choice choice, Diagram child) {
    Variable variable = choice.variable;
    long width = variable.mask();
    List<String> pieces = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (int i = 0; i < choice.children.size(); i++) {
      boolean here = choice.children.get(i) == child;
      (here ? pieces : others).add(interval(choice.starts[i], choice.end(i), width));
    }
    boolean complement = others.size() < pieces.size();
    return name(call, variable)
        + (complement ? " is not " : " is ")
        + String.join(" or ", complement ? others : pieces);
  }

  private static String interval(long from, long to, long mask) {
    if (from == to) {
      return number(from);
    }
    if (Long.compareUnsigned(to, mask) >= 0) {
      return number(from) + " or more";
    }
    return number(from) + " to " + number(to);
  }

  private static String number(long value) {
    return value >= 0 && value < 1000 ? Long.toString(value) : "0x" + Long.toHexString(value);
  }

  private String name(String call, Variable variable) {
    List<ArgumentTable.Argument> list =
        ArgumentTable.of(architecture).arguments(call).orElse(List.of());
    int index = variable.argument();
    String name = index < list.size() ? list.get(index).name() : "arg" + index;
    long all =
        index < list.size() && list.get(index).type().bits() < Long.SIZE
            ? (1L << list.get(index).type().bits()) - 1
            : -1;
    return variable.mask() == all ? name : "(" + name + " & " + number(variable.mask()) + ")";
  }
}
