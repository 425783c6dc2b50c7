package dev.hardwire.filter.resolve;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Verdict;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.CallNumbers;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A policy on one architecture.
 *
 * @param policy with calls mapped, if it requests that, and with the rules of other-sockets
 * @param defaultVerdict the verdict for calls that no rule matches
 * @param rules by call number; for each call in the policy's order, the first match applies
 * @param numbered rules for numbers that {@code rules} does not have, in the policy's order
 * @param warnings in the policy's order
 */
public record ResolvedPolicy(
    Policy policy,
    Target architecture,
    Verdict defaultVerdict,
    SortedMap<Integer, List<ResolvedRule>> rules,
    List<NumberedRule> numbered,
    List<PolicyWarning> warnings) {

  /**
   * Resolves every name of a policy.
   *
   * @throws PolicyException for an unknown name
   */
  public static ResolvedPolicy of(Policy policy, Target architecture) {
    CallReplacements.Result mapped = CallReplacements.of(own(policy, architecture), architecture);
    List<PolicyWarning> warnings = new ArrayList<>(mapped.warnings());
    PolicyResolver resolver = new PolicyResolver(architecture, warnings, mapped.gaps());
    Policy whole = SocketRules.added(mapped.policy(), architecture);
    ResolvedPolicy resolved =
        new ResolvedPolicy(
            whole,
            architecture,
            Verdict.of(policy.defaultAction()),
            resolver.rules(whole, mapped.policy()),
            resolver.numbered(),
            List.copyOf(warnings));
    PhaseRules.letBegin(resolved, policy.phases(), policy.log());
    return resolved;
  }

  /**
   * The rules of a phase of a policy, as they apply from its moment on.
   *
   * @param policy whose phase it is
   * @throws PolicyException for an unknown name
   */
  public static ResolvedPolicy of(Policy policy, Phase phase, Target architecture) {
    ResolvedPolicy resolved = of(PhaseRules.policy(policy, phase), architecture);
    PhaseRules.letBegin(resolved, policy.phases(), policy.log());
    return resolved;
  }

  /** The policy without the rules that are for other architectures only. */
  public static Policy own(Policy policy, Target architecture) {
    Policy own = policy.withRules(own(policy.rules(), architecture));
    return policy.phases().isEmpty()
        ? own
        : own.inPhases(
            policy.phases().stream()
                .map(phase -> phase.withRules(own(phase.rules(), architecture)))
                .toList());
  }

  private static List<Rule> own(List<Rule> rules, Target architecture) {
    List<Rule> own = new ArrayList<>();
    for (Rule rule : rules) {
      if (rule.architectures().isEmpty()) {
        own.add(leavingWaysOut(rule, architecture));
      } else if (rule.architectures().contains(architecture.id())) {
        own.add(leavingWaysOut(rule.on(List.of()), architecture));
      }
    }
    return own;
  }

  /** A rule that excludes socketcall and ipc by name, too, if it excludes their numbers. */
  private static Rule leavingWaysOut(Rule rule, Target architecture) {
    List<CallName> calls = new ArrayList<>(rule.calls());
    for (CallName call : rule.calls()) {
      if (call.isExclusion() && call.numbers().isPresent()) {
        for (String name : new RuleNumbers(architecture).names(call)) {
          CallName exclusion = new CallName("~" + name, call.position());
          if (Multiplexer.isOne(name) && !calls.contains(exclusion)) {
            calls.add(exclusion);
          }
        }
      }
    }
    return calls.size() == rule.calls().size() ? rule : rule.withCalls(calls);
  }

  static ResolvedRule resolved(NumberedRule rule, long number, Target architecture) {
    String name = SyscallTable.of(architecture).name(number).orElse("nr " + number);
    return new ResolvedRule(rule.rule(), name, (int) number, new Expression.Constant(true));
  }

  /** The rules of a call number, those for several numbers among them. */
  public List<ResolvedRule> rulesOf(long number) {
    List<ResolvedRule> known = number > Integer.MAX_VALUE ? null : rules.get((int) number);
    if (known != null) {
      return known;
    }
    for (NumberedRule rule : numbered) {
      if (rule.holds(number)) {
        return List.of(resolved(rule, number, architecture));
      }
    }
    return List.of();
  }

  /** The verdict for a number that {@link #rules} does not have. */
  public Verdict otherwise(long number) {
    for (NumberedRule rule : numbered) {
      if (rule.holds(number)) {
        return Verdict.of(rule.rule().action());
      }
    }
    return defaultVerdict;
  }

  /**
   * The first numbers of ranges in which {@link #otherwise} is the same; 0 is the first, and all
   * are numbers.
   */
  public SortedSet<Long> starts() {
    SortedSet<Long> starts = new TreeSet<>();
    starts.add(0L);
    for (NumberedRule rule : numbered) {
      starts.add(rule.numbers().from());
      if (rule.numbers().to() < CallNumbers.LAST) {
        starts.add(rule.numbers().to() + 1);
      }
    }
    return starts;
  }

  /**
   * The same policy with every call named, without groups and exclusions, so that its meaning does
   * not depend on the groups of a later version. Calls that the architecture lacks are omitted or
   * mapped, as the policy requests, and calls that an earlier rule decides whatever their arguments
   * are omitted, and so are weights of calls that it lacks.
   *
   * @throws PolicyException for an unknown name
   */
  public static Policy pinned(Policy policy, Target architecture) {
    List<Phase> phases = new ArrayList<>();
    for (Phase phase : policy.phases()) {
      phases.add(phase.withRules(pinnedRules(PhaseRules.policy(policy, phase), architecture)));
    }
    Map<String, Long> weights = new TreeMap<>(policy.weights());
    weights.keySet().removeIf(call -> SyscallTable.of(architecture).number(call).isEmpty());
    return policy
        .withRules(pinnedRules(policy, architecture))
        .inPhases(phases)
        .withMissingCallsMapped(false)
        .weighedBy(weights);
  }

  private static List<Rule> pinnedRules(Policy policy, Target architecture) {
    Policy mapped = CallReplacements.of(own(policy, architecture), architecture).policy();
    PolicyResolver resolver = new PolicyResolver(architecture, new ArrayList<>(), Set.of());
    List<Rule> rules = new ArrayList<>();
    Set<String> decided = new HashSet<>();
    for (Rule rule : mapped.rules()) {
      Set<String> names = resolver.names(rule);
      names.removeAll(decided);
      List<CallName> calls = new ArrayList<>();
      names.forEach(name -> calls.add(new CallName(name, rule.position())));
      for (CallNumbers numbers : resolver.numbers(rule, mapped)) {
        calls.add(new CallName(numbers.toString(), rule.position()));
      }
      if (rule.condition().isEmpty() && resolver.exclusions(rule).isEmpty()) {
        decided.addAll(names); // not if a later rule may decide the other way of making a call
      }
      if (!calls.isEmpty()) {
        calls.addAll(resolver.exclusions(rule));
        rules.add(rule.withCalls(calls));
      }
    }
    return rules;
  }

  /**
   * The rules that {@code other-sockets: deny} puts before all others. Landlock restricts connect
   * and bind of TCP sockets; these rules refuse the ways past it.
   */
  private static final class SocketRules {
    private static final Action DENIED = Action.parse("errno EACCES");
    private static final String FAST_OPEN = "(flags & 0x20000000) != 0";

    /** Unix stream sockets are connected to each other for good; others could send elsewhere. */
    private static final String NO_PAIR =
        "!(family == AF_UNIX && ((type & 15) == SOCK_STREAM || (type & 15) == SOCK_SEQPACKET))";

    private static final String IP = "(family == AF_INET || family == AF_INET6)";
    private static final String TCP =
        IP + " && (type & 15) == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP)";
    private static final String UDP =
        IP + " && (type & 15) == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP)";

    private SocketRules() {}

    /** The policy with these rules, if it has them. */
    static Policy added(Policy policy, Target architecture) {
      if (policy.landlock().isEmpty() || policy.landlock().get().otherSockets()) {
        return policy;
      }
      Landlock landlock = policy.landlock().get();
      List<Rule> rules = new ArrayList<>();
      Position position = landlock.position();
      rules.add(rule(position, others(landlock).orElse(null), "socket"));
      rules.add(rule(position, NO_PAIR, "socketpair"));
      // MSG_FASTOPEN connects
      rules.add(rule(position, FAST_OPEN, "sendto", "sendmsg", "sendmmsg"));
      if (Multiplexer.isReachable(architecture, "send")) {
        rules.add(rule(position, FAST_OPEN, "send"));
      }
      // a ring makes sockets and sends, also one that was there before
      rules.add(rule(position, null, "io_uring_setup", "io_uring_enter", "io_uring_register"));
      if (landlock.bind().isEmpty() || landlock.bind().get().isEmpty()) {
        rules.add(rule(position, null, "listen")); // the kernel binds a socket that is not bound
      }
      rules.addAll(policy.rules());
      return policy.withRules(rules);
    }

    /**
     * All sockets but those that Landlock restricts on every kernel on which the program is
     * started; nothing for all.
     */
    private static Optional<String> others(Landlock landlock) {
      List<String> kinds = new ArrayList<>();
      if (landlock.restrictsPorts()) {
        kinds.add(TCP);
      }
      if (landlock.restrictsUdp() && landlock.guaranteedAbi() >= Landlock.UDP) {
        kinds.add(UDP);
      }
      if (landlock.connectUnix().isPresent() && landlock.guaranteedAbi() >= Landlock.UNIX) {
        kinds.add("family == AF_UNIX");
      }
      if (kinds.size() <= 1) {
        return kinds.stream().findFirst().map(kind -> "!(" + kind + ")");
      }
      return Optional.of("!((" + String.join(") || (", kinds) + "))");
    }

    private static Rule rule(Position position, String condition, String... names) {
      List<CallName> calls = new ArrayList<>();
      for (String name : names) {
        calls.add(new CallName(name, position));
      }
      return new Rule(
          DENIED,
          calls,
          Optional.ofNullable(condition).map(text -> ConditionParser.parse(text, at -> position)),
          position);
    }
  }
}
