package dev.hardwire.patch.plan;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PolicyNote;
import dev.hardwire.elf.note.SetupNote;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.prove.PhaseSetup;
import dev.hardwire.filter.prove.ReferenceInterpreter;
import dev.hardwire.filter.resolve.PhaseRules;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.stub.PhaseProgram;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The policies of a file that is patched again. The policy that is installed first must let the
 * calls of a later setup through: if it answers them with success without making them
 * (SECCOMP_RET_ERRNO with 0), the later policy, or its no_new_privs, is missing, and if it denies
 * them, the program never starts, or ends when a phase begins.
 */
public final class StackedPolicies {
  private static final Verdict FAKED = new Verdict(Verdict.ERRNO);
  private static final String SECCOMP = "seccomp";
  private static final String INSTALLS = "with which another policy is installed";
  private static final long PR_SET_NO_NEW_PRIVS = 38;
  private static final long SECCOMP_SET_MODE_FILTER = 1;
  private static final long SECCOMP_FILTER_FLAG_TSYNC = 1;
  private static final long SECCOMP_FILTER_FLAG_LOG = 2;
  private static final long SOME_ADDRESS = 0x7fff_0000_0000L;

  private StackedPolicies() {}

  /**
   * A policy and when it is installed.
   *
   * @param stage smaller numbers run first
   */
  private record Layer(Policy policy, int stage) {
    private static final int FIRST = 0;
    private static final int NEEDED = 1;
    private static final int ENTRY = 2;
    private static final int INIT = 3;
    private static final int POST_INIT = 4;

    static Layer of(PolicyNote note, Optional<Hook> hook) {
      byte[] text = note.text().getBytes(StandardCharsets.UTF_8);
      int stage = NEEDED;
      if (hook.isPresent()) {
        stage =
            switch (hook.get()) {
              case FIRST -> FIRST;
              case ENTRY -> ENTRY;
              case INIT -> INIT;
              case POST_INIT -> POST_INIT;
            };
      }
      return new Layer(YamlPolicyReader.read(text, "policy note"), stage);
    }

    /** Whether it is installed before a patch that was made earlier. */
    boolean precedes(Layer earlier) {
      return stage < earlier.stage || (stage == earlier.stage && stage < POST_INIT);
    }
  }

  /**
   * Checks a new patch against those that a file has.
   *
   * @throws ElfFormatException if the setup of one would be faked by the policy of another
   */
  public static void check(ElfFile elf, PolicyNote policy, Optional<Hook> hook) {
    boolean entersFirst = hook.equals(Optional.of(Hook.ENTRY)) && HardwireNotes.isFirst(elf);
    Layer added = Layer.of(policy, entersFirst ? Optional.of(Hook.FIRST) : hook);
    List<SetupNote> setups = HardwireNotes.setups(elf);
    List<PolicyNote> policies = HardwireNotes.policies(elf);
    for (int i = 0; i < Math.min(setups.size(), policies.size()); i++) {
      Layer earlier = Layer.of(policies.get(i), setups.get(i).hook());
      if (added.precedes(earlier)) {
        check(elf, added.policy, earlier.policy);
      } else {
        check(elf, earlier.policy, added.policy);
      }
      phases(elf, added.policy, earlier.policy);
      phases(elf, earlier.policy, added.policy);
    }
  }

  /** Phases begin after the start of every policy, and in any order. */
  private static void phases(ElfFile elf, Policy outer, Policy inner) {
    if (inner.phases().isEmpty()) {
      return;
    }
    List<Policy> all = new ArrayList<>(List.of(outer.inPhases(List.of())));
    outer.phases().forEach(phase -> all.add(PhaseRules.policy(outer, phase)));
    int seccomp = SyscallTable.of(elf.machine()).number(SECCOMP).orElseThrow();
    for (Policy policy : all) {
      if (mayFake(ResolvedPolicy.of(policy, elf.machine()), seccomp)) {
        throw refusal(SECCOMP, policy);
      }
    }
    List<ResolvedPolicy> rules = new ArrayList<>(List.of(ResolvedPolicy.of(outer, elf.machine())));
    outer.phases().forEach(phase -> rules.add(ResolvedPolicy.of(outer, phase, elf.machine())));
    for (Phase phase : inner.phases()) {
      for (ResolvedPolicy policy : rules) {
        requireBegin(policy, seccomp, phase, inner.log());
        List<String> denied = PhaseSetup.denied(policy, phase);
        if (!denied.isEmpty()) {
          throw denied(String.join(", ", denied), policy.policy(), begins(phase));
        }
      }
    }
  }

  private static void requireBegin(ResolvedPolicy policy, int seccomp, Phase phase, boolean log) {
    if (!installs(policy, seccomp, phase.mark(), log)) {
      throw denied(SECCOMP, policy.policy(), begins(phase));
    }
  }

  /**
   * Whether a filter may be installed under a policy. The address of the filter is not known; a
   * policy that looks at it can hardly mean it.
   *
   * @param mark the argument behind the address
   */
  private static boolean installs(ResolvedPolicy policy, int seccomp, long mark, boolean log) {
    SeccompData call =
        SeccompData.of(
            policy.architecture(),
            seccomp,
            SECCOMP_SET_MODE_FILTER,
            SECCOMP_FILTER_FLAG_TSYNC | (log ? SECCOMP_FILTER_FLAG_LOG : 0),
            SOME_ADDRESS,
            mark);
    return ReferenceInterpreter.decide(policy, call).letsThrough();
  }

  private static String begins(Phase phase) {
    return "with which the phase \"%s\" begins".formatted(phase.name());
  }

  /**
   * Refuses phases that begin at the same moment as one that a file has.
   *
   * @throws ElfFormatException naming the moment
   */
  static void requireOtherMoments(ElfFile elf, List<PhaseProgram> phases) {
    if (phases.isEmpty()) {
      return;
    }
    for (PolicyNote note : HardwireNotes.policies(elf)) {
      for (Phase earlier : Layer.of(note, Optional.empty()).policy.phases()) {
        for (PhaseProgram one : phases) {
          if (one.phase().mark() == earlier.mark()) {
            throw new ElfFormatException(
                Refusal.ALREADY_PATCHED,
                0,
                "PT_NOTE",
                "a phase of the policy that it has begins at %s too; join the policies"
                    .formatted(earlier.moment()));
          }
        }
      }
    }
  }

  private static void check(ElfFile elf, Policy outer, Policy inner) {
    Target machine = elf.machine();
    ResolvedPolicy resolved = ResolvedPolicy.of(outer.inPhases(List.of()), machine);
    SyscallTable calls = SyscallTable.of(machine);
    int prctl = calls.number("prctl").orElseThrow();
    SeccompData noNewPrivs = SeccompData.of(machine, prctl, PR_SET_NO_NEW_PRIVS, 1);
    if (inner.noNewPrivs()) {
      Verdict verdict = ReferenceInterpreter.decide(resolved, noNewPrivs);
      if (verdict.equals(FAKED)) {
        throw refusal("prctl(PR_SET_NO_NEW_PRIVS)", outer);
      }
      if (!verdict.letsThrough()) {
        throw denied("prctl(PR_SET_NO_NEW_PRIVS)", outer, INSTALLS);
      }
    }
    for (String call : setup(inner)) {
      int number = calls.number(call).orElseThrow();
      if (mayFake(resolved, number)) {
        throw refusal(call, outer);
      }
      boolean isSeccomp = call.equals(SECCOMP);
      if (isSeccomp
          ? !installs(resolved, number, 0, inner.log())
          : !ReferenceInterpreter.mayLetThrough(resolved, number)) {
        throw denied(call, outer, INSTALLS);
      }
    }
  }

  /** Calls of a setup whose effect nothing else shows. */
  private static List<String> setup(Policy policy) {
    List<String> calls = new ArrayList<>(List.of(SECCOMP));
    if (policy.landlock().isPresent()) {
      calls.addAll(
          List.of("landlock_create_ruleset", "landlock_restrict_self", "landlock_add_rule"));
    } else if (policy.phases().stream().anyMatch(phase -> phase.landlock().isPresent())) {
      calls.add("landlock_create_ruleset"); // it asks for the version
    }
    if (policy.limits().isPresent()) {
      calls.addAll(List.of("prlimit64", "prctl", "close_range"));
    }
    if (policy.capabilities().isPresent()) {
      calls.addAll(List.of("prctl", "futex", "capget", "capset"));
    }
    if (policy.seal()) {
      calls.addAll(List.of("mseal", "futex"));
    }
    return calls;
  }

  /** Whether any arguments lead to it: an address is among them. */
  private static boolean mayFake(ResolvedPolicy policy, int call) {
    for (ResolvedRule rule : policy.rules().getOrDefault(call, List.of())) {
      if (Verdict.of(rule.rule().action()).equals(FAKED)) {
        return true;
      }
      if (rule.isUnconditional()) {
        return false;
      }
    }
    return policy.defaultVerdict().equals(FAKED);
  }

  private static ElfFormatException denied(String call, Policy outer, String use) {
    return new ElfFormatException(
        Refusal.DENIED_SETUP,
        0,
        "PT_NOTE",
        "the policy \"%s\" denies %s, %s".formatted(outer.name(), call, use));
  }

  private static ElfFormatException refusal(String call, Policy outer) {
    return new ElfFormatException(
        Refusal.FAKED_SETUP,
        0,
        "PT_NOTE",
        "the policy \"%s\" answers %s of another policy with errno 0 instead of making the call"
            .formatted(outer.name(), call));
  }
}
