package dev.hardwire.filter.prove;

import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.prove.symbolic.Bdd;
import dev.hardwire.filter.prove.symbolic.RuleRun;
import dev.hardwire.filter.prove.symbolic.SymbolicPolicy;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.prove.symbolic.Words;
import dev.hardwire.filter.resolve.EmptyRules;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Finds parts of a policy that are valid but probably mistakes: rules that can never match,
 * conditions that are always or never true, programs that cannot exit.
 */
public final class PolicyCheck {
  private final ResolvedPolicy policy;
  private final Bdd bdd = new Bdd();
  private final SymbolicPolicy symbolic;

  /** Warnings in the order found; a warning about several calls at one position is given once. */
  private final Set<PolicyWarning> warnings = new LinkedHashSet<>();

  /** Rules that can match, compared by identity. */
  private final Set<Rule> matching = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Rules that name a call of the architecture, compared by identity. */
  private final Set<Rule> named = Collections.newSetFromMap(new IdentityHashMap<>());

  private PolicyCheck(ResolvedPolicy policy) {
    this.policy = policy;
    this.symbolic = new SymbolicPolicy(new Words(bdd, policy.architecture().order()));
  }

  /**
   * All warnings, those about names first.
   *
   * @throws PolicyException if a rule names no call of the architecture, or if the conditions are
   *     too complex for a proof
   */
  public static List<PolicyWarning> warnings(ResolvedPolicy policy) {
    EmptyRules.require(policy);
    PolicyCheck check = new PolicyCheck(policy);
    try {
      check.run();
      check.warnings.addAll(PhaseCheck.warnings(policy));
    } catch (UnprovableException e) {
      throw FilterProof.refusal(policy, e);
    }
    return new ArrayList<>(check.warnings);
  }

  private void run() {
    warnings.addAll(policy.warnings());
    policy.rules().values().forEach(this::conditions);
    policy.rules().values().forEach(this::reach);
    policy.policy().rules().forEach(this::groupRule);
    policy.policy().rules().forEach(this::unfiltered);
    warnings.addAll(new MultiplexerCheck(policy, bdd, symbolic).warnings());
    warnings.addAll(new SiblingCheck(policy, symbolic).warnings());
    end();
    policy.policy().landlock().ifPresent(this::kernels);
    policy.policy().landlock().ifPresent(this::processFiles);
  }

  /** Finds rules for files that the kernel makes anew: those below /proc, but not of /proc/sys. */
  private void processFiles(Landlock landlock) {
    for (Restrictions.Access access : Restrictions.Access.values()) {
      for (PathRule rule : access.of(landlock).orElse(List.of())) {
        if (rule.path().startsWith("/proc/") && !(rule.path() + "/").startsWith("/proc/sys/")) {
          warnings.add(
              new PolicyWarning(
                  rule.position(),
                  "the kernel may forget this rule when memory is short, since it makes files"
                      + " below /proc anew then; name /proc itself"));
        }
      }
    }
  }

  /** Finds what an accepted kernel does not enforce. */
  private void kernels(Landlock landlock) {
    List<String> missing = landlock.missingIn(landlock.leastAbi());
    if (!missing.isEmpty()) {
      warnings.add(
          new PolicyWarning(
              landlock.position(),
              "kernels with ABI %d of Landlock are accepted, and do not restrict %s; it takes ABI %d"
                  .formatted(
                      landlock.leastAbi(), String.join(", ", missing), landlock.neededAbi())));
    }
    sockets(landlock, landlock.restrictsUdp(), Landlock.UDP, "UDP sockets");
    sockets(landlock, landlock.connectUnix().isPresent(), Landlock.UNIX, "unix sockets");
  }

  /** Finds sockets that the filter refuses since an accepted kernel would not restrict them. */
  private void sockets(Landlock landlock, boolean listed, int abi, String what) {
    if (listed && !landlock.otherSockets() && landlock.guaranteedAbi() < abi) {
      warnings.add(
          new PolicyWarning(
              landlock.position(),
              "other-sockets: deny refuses %s, since kernels without ABI %d of Landlock are accepted, which could not restrict them; require ABI %d, or allow other sockets"
                  .formatted(what, abi, abi)));
    }
  }

  private void conditions(List<ResolvedRule> rules) {
    for (int i = 0; i < rules.size(); i++) {
      ResolvedRule rule = rules.get(i);
      Optional<RuleRun> run = RuleRun.from(rules, i);
      if (run.isPresent() && symbolic.condition(run.get().common()) != Bdd.FALSE) {
        i += run.get().all().size() - 1; // each holds for some values, and not for others
      } else if (rule.rule().condition().isPresent()) {
        condition(rule);
      }
    }
  }

  private void condition(ResolvedRule rule) {
    int condition = symbolic.condition(rule.condition());
    if (condition == Bdd.TRUE || condition == Bdd.FALSE) {
      warnings.add(
          new PolicyWarning(
              rule.rule().condition().orElseThrow().position(),
              String.format(
                  "the condition %s holds for %s; %s",
                  condition == Bdd.TRUE ? "always" : "never",
                  rule.name(),
                  condition == Bdd.TRUE ? "remove it" : "correct it or remove the rule")));
    }
  }

  /** Finds rules of one call that earlier rules make unreachable. */
  private void reach(List<ResolvedRule> rules) {
    int left = Bdd.TRUE;
    Optional<Rule> always =
        rules.stream().filter(ResolvedRule::isUnconditional).map(ResolvedRule::rule).findFirst();
    int alone = 0; // rules before this index are considered one by one
    for (int i = 0; i < rules.size(); i++) {
      ResolvedRule rule = rules.get(i);
      Optional<RuleRun> run = i < alone ? Optional.empty() : RuleRun.from(rules, i);
      if (run.isPresent()) {
        alone = i + run.get().all().size();
        int all = symbolic.condition(run.get());
        int open = bdd.and(all, left);
        if ((open == all || open == Bdd.FALSE) && all != Bdd.FALSE) { // all of them, or none
          for (ResolvedRule one : run.get().all()) {
            reach(one, open != Bdd.FALSE && run.get().isFirst(one), always);
          }
          left = bdd.and(left, bdd.not(all));
          i += run.get().all().size() - 1;
          continue;
        }
      }
      int condition = symbolic.condition(rule.condition());
      boolean matches = bdd.and(condition, left) != Bdd.FALSE;
      if (matches || condition != Bdd.FALSE) {
        reach(rule, matches, always);
      }
      named.add(rule.rule());
      left = bdd.and(left, bdd.not(condition));
    }
  }

  /**
   * Notes whether a rule can match.
   *
   * @param always the first rule of the call without a condition
   */
  private void reach(ResolvedRule rule, boolean matches, Optional<Rule> always) {
    named.add(rule.rule());
    if (matches) {
      matching.add(rule.rule());
    } else {
      named(rule).ifPresent(call -> unreachable(rule, call, always));
    }
  }

  /** The position at which a rule names the call itself, not only a group that contains it. */
  private static Optional<CallName> named(ResolvedRule rule) {
    return rule.rule().calls().stream()
        .filter(c -> c.name().equals(rule.name()) && c.group().isEmpty())
        .findFirst();
  }

  /** Finds rules with groups of which earlier rules decide every call. */
  private void groupRule(Rule rule) {
    boolean onlyGroups = rule.calls().stream().allMatch(c -> c.isGroup() || c.isExclusion());
    if (onlyGroups && named.contains(rule) && !matching.contains(rule)) {
      warnings.add(
          new PolicyWarning(
              rule.position(),
              "this rule can never match: earlier rules decide all of its calls; remove it"));
    }
  }

  /** Finds rules that deny calls which the kernel lets through every filter. */
  private void unfiltered(Rule rule) {
    Map<String, String> unfiltered = SyscallTable.of(policy.architecture()).unfiltered();
    for (CallName call : rule.calls()) {
      String kernel = unfiltered.get(call.name());
      if (kernel != null && !Verdict.of(rule.action()).letsThrough()) {
        warnings.add(
            new PolicyWarning(
                call.position(),
                "Linux %s and newer let %s through every filter, whatever a policy says"
                    .formatted(kernel, call)));
      }
    }
  }

  private void unreachable(ResolvedRule rule, CallName call, Optional<Rule> always) {
    String why =
        always
            .filter(earlier -> !earlier.equals(rule.rule()))
            .map(earlier -> "the rule at " + earlier.position() + " decides it first")
            .orElse("earlier rules decide every such call");
    warnings.add(
        new PolicyWarning(
            call.position(), "this rule can never match " + call + ": " + why + "; remove it"));
  }

  /**
   * Finds policies without effect, and those that stop every program at its exit or by a signal.
   */
  private void end() {
    if (Confinement.isEmpty(policy)) {
      warnings.add(
          new PolicyWarning(
              policy.policy().defaultPosition(),
              "the policy enforces nothing: "
                  + (logs() ? "it only logs calls" : "it allows every call; deny one")));
    }
    require("exit_group", "the program cannot end");
    if (mayBeAllowed("rt_sigaction")) {
      String why = "rt_sigaction is, so the program would not survive its first signal handler";
      require("rt_sigreturn", why);
      if (policy.architecture().wordBits() == Integer.SIZE) {
        require("sigreturn", why); // used by handlers without SA_SIGINFO to return
      }
    }
    if (!rules("write").isEmpty() || !mayBeAllowed("writev")) { // musl writes by writev
      require("write", "neither the program nor the stub can report an error");
    }
  }

  private boolean logs() {
    boolean logs = policy.policy().defaultAction() instanceof Action.Log;
    for (Rule rule : policy.policy().rules()) {
      logs |= rule.action() instanceof Action.Log;
    }
    return logs;
  }

  private List<ResolvedRule> rules(String call) {
    OptionalInt number = SyscallTable.of(policy.architecture()).number(call);
    return number.isPresent() ? policy.rulesOf(number.getAsInt()) : List.of();
  }

  /** Warns if a call is denied whatever its arguments. */
  private void require(String call, String why) {
    if (SyscallTable.of(policy.architecture()).number(call).isEmpty() || mayBeAllowed(call)) {
      return;
    }
    Position position =
        rules(call).stream()
            .findFirst()
            .map(rule -> named(rule).map(CallName::position).orElse(rule.rule().position()))
            .orElse(policy.policy().defaultPosition());
    warnings.add(new PolicyWarning(position, call + " is not allowed: " + why + "; allow it"));
  }

  /** Whether some arguments lead to a rule that allows the call, or to such a default. */
  private boolean mayBeAllowed(String call) {
    int left = Bdd.TRUE;
    for (ResolvedRule rule : rules(call)) {
      int condition = symbolic.condition(rule.condition());
      if (bdd.and(condition, left) != Bdd.FALSE && Verdict.of(rule.rule().action()).letsThrough()) {
        return true;
      }
      left = bdd.and(left, bdd.not(condition));
    }
    return left != Bdd.FALSE && policy.defaultVerdict().letsThrough();
  }
}
