package dev.hardwire.policy.text;

import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Takes calls out of rules that an earlier rule decides whatever their arguments are, if a group of
 * the policy's own names them: groups may overlap, and in the text of a policy without groups a
 * call that two rules decide is an error.
 */
final class DecidedCalls {
  /** Calls through which others can be made: a rule may leave this way to a later one. */
  private static final Set<String> MULTIPLEXERS = Set.of("socketcall", "ipc");

  /** By architecture, empty for all. */
  private final Map<String, Set<CallName>> decided = new HashMap<>();

  /**
   * Whether a rule applies to all calls that it lists, except those that it excludes by name: that
   * does not depend on the architecture then.
   */
  static boolean isClear(List<CallName> calls) {
    boolean numbers = false;
    boolean excludes = false;
    for (CallName call : calls) {
      numbers |= call.numbers().isPresent();
      excludes |= call.isExclusion();
      boolean several = call.isGroup() || MULTIPLEXERS.contains(call.target());
      if (call.isExclusion() && several) {
        return false;
      }
    }
    return !(numbers && excludes);
  }

  /**
   * The rule without such calls; empty if none is left.
   *
   * @param overridden whether the rule is of a file that an earlier one includes: then the calls
   *     that it names itself are taken out as well
   */
  Optional<Rule> without(Rule rule, boolean overridden) {
    List<CallName> left = new ArrayList<>();
    boolean any = false;
    for (CallName call : rule.calls()) {
      boolean stays = call.isGroup() || (call.group().isEmpty() && !overridden);
      if (stays || call.isExclusion() || !isDecided(call, rule.architectures())) {
        left.add(call);
        any |= !call.isExclusion();
      }
    }
    if (rule.condition().isEmpty() && isClear(rule.calls()) && rule.architectures().size() <= 1) {
      String architecture = String.join("", rule.architectures());
      Set<CallName> here = decided.get(architecture);
      if (here == null) {
        here = new HashSet<>();
        decided.put(architecture, here);
      }
      Set<CallName> listed = new HashSet<>(rule.calls());
      for (CallName call : rule.calls()) {
        CallName exclusion = new CallName("~" + call.name(), call.position());
        if (!call.isExclusion() && !call.isGroup() && !listed.contains(exclusion)) {
          here.add(call);
        }
      }
    }
    if (left.size() == rule.calls().size()) {
      return Optional.of(rule);
    }
    return any ? Optional.of(rule.withCalls(left)) : Optional.empty();
  }

  private boolean isDecided(CallName call, List<String> architectures) {
    return decided.getOrDefault("", Set.of()).contains(call)
        || (architectures.size() == 1
            && decided.getOrDefault(architectures.get(0), Set.of()).contains(call));
  }
}
