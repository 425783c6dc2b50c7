package dev.hardwire.seccomp.compile;

import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.ArgumentConstants;
import dev.hardwire.seccomp.ArgumentTable;
import dev.hardwire.seccomp.SyscallTable;
import dev.hardwire.seccomp.Verdict;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import dev.hardwire.seccomp.resolve.ResolvedRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    Map<Long, String> names = names(call, variable);
    List<String> pieces = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (int i = 0; i < choice.children.size(); i++) {
      boolean here = choice.children.get(i) == child;
      (here ? pieces : others)
          .add(interval(choice.starts[i], choice.end(i), variable.mask(), names));
    }
    boolean complement = others.size() < pieces.size();
    return name(call, variable)
        + (complement ? " is not " : " is ")
        + String.join(" or ", complement ? others : pieces);
  }

  private static String interval(long from, long to, long mask, Map<Long, String> names) {
    if (from == to || from == mask) {
      return names.getOrDefault(from, number(from));
    }
    if (Long.compareUnsigned(to, mask) >= 0) {
      return number(from) + " or more";
    }
    return number(from) + " to " + number(to);
  }

  private static String number(long value) {
    return value >= 0 && value < 1000 ? Long.toString(value) : "0x" + Long.toHexString(value);
  }

  private Map<Long, String> names(String call, Variable variable) {
    return argument(call, variable)
        .map(argument -> ArgumentConstants.names(architecture, call, argument.name()))
        .orElse(Map.of());
  }

  private Optional<ArgumentTable.Argument> argument(String call, Variable variable) {
    List<ArgumentTable.Argument> list =
        ArgumentTable.of(architecture).arguments(call).orElse(List.of());
    return list.stream().skip(variable.argument()).findFirst();
  }

  private String name(String call, Variable variable) {
    Optional<ArgumentTable.Argument> argument = argument(call, variable);
    String name = argument.map(a -> a.name()).orElse("arg" + variable.argument());
    int bits = argument.map(a -> a.type().bits()).orElse(Long.SIZE);
    boolean whole = variable.mask() == (bits == Long.SIZE ? -1 : (1L << bits) - 1);
    String mask = names(call, variable).getOrDefault(variable.mask(), number(variable.mask()));
    return whole ? name : "(" + name + " & " + mask + ")";
  }
}
