package dev.hardwire.filter.resolve;

import dev.hardwire.calls.SyscallTable;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What filters decide about the call of seccomp(2) that begins a phase.
 *
 * <p>That call has the arguments SECCOMP_SET_MODE_FILTER, the flags of the policy and, in the
 * fourth argument, which the kernel ignores, the mark of the phase. All filters of the policy allow
 * it, that of the phase too: whatever program it installs, it can only restrict the process
 * further. If several threads call the function at the same time, an equal filter may be added. To
 * answer the call with success instead would fake the phase of another program with the same mark
 * that the process starts.
 */
public final class PhaseRules {
  private static final String CALL = "seccomp";

  private PhaseRules() {}

  public static Policy policy(Policy whole, Phase phase) {
    return new Policy(
            whole.version(),
            phase.name(),
            phase.defaultAction(),
            phase.rules(),
            whole.noNewPrivs(),
            whole.log(),
            whole.mapsMissingCalls(),
            phase.defaultPosition())
        .restrictedBy(phase.landlock(), Optional.empty())
        .weighedBy(whole.weights());
  }

  static void letBegin(ResolvedPolicy policy, List<Phase> phases, boolean log) {
    for (Phase phase : phases) {
      putFirst(policy, phase, log);
    }
  }

  private static void putFirst(ResolvedPolicy policy, Phase phase, boolean log) {
    String text =
        "op == SECCOMP_SET_MODE_FILTER && flags == %s && arg3 == 0x%x"
            .formatted(
                log
                    ? "SECCOMP_FILTER_FLAG_TSYNC|SECCOMP_FILTER_FLAG_LOG"
                    : "SECCOMP_FILTER_FLAG_TSYNC",
                phase.mark());
    Condition condition = ConditionParser.parse(text, at -> phase.position());
    Rule rule =
        new Rule(
            Action.ALLOW,
            List.of(new CallName(CALL, phase.position())),
            Optional.of(condition),
            phase.position());
    int number = SyscallTable.of(policy.architecture()).number(CALL).orElseThrow();
    // that the call has three arguments only is known here
    Expression expression =
        new ConditionResolver(policy.architecture(), new ArrayList<>()).resolve(condition, CALL);
    List<ResolvedRule> rules = new ArrayList<>();
    rules.add(new ResolvedRule(rule, CALL, number, expression));
    rules.addAll(policy.rulesOf(number));
    policy.rules().put(number, rules);
  }
}
