package dev.hardwire.plan;

import dev.hardwire.arch.Target;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.Hook;
import dev.hardwire.elf.note.PolicyNote;
import dev.hardwire.elf.note.SetupNote;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.format.YamlPolicyReader;
import dev.hardwire.seccomp.Emulator;
import dev.hardwire.seccomp.SeccompData;
import dev.hardwire.seccomp.SyscallTable;
import dev.hardwire.seccomp.Verdict;
import dev.hardwire.seccomp.compile.FilterCompiler;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import dev.hardwire.seccomp.resolve.ResolvedRule;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The policies of a file that is patched again. The setup of a patch that is installed first must
 * not answer the calls of a later setup with success without making them (SECCOMP_RET_ERRNO with
 * 0): the later policy, or its no_new_privs, would be missing.
 */
public final class StackedPolicies {
  private static final Verdict FAKED = new Verdict(Verdict.ERRNO);
  private static final long PR_SET_NO_NEW_PRIVS = 38;

  private StackedPolicies() {}

  /**
   * A policy and when it is installed.
   *
   * @param stage 0 in mode needed, then as hooks run
   */
  private record Layer(Policy policy, int stage) {
    static Layer of(PolicyNote note, Optional<Hook> hook) {
      byte[] text = note.text().getBytes(StandardCharsets.UTF_8);
      int stage = 0;
      if (hook.isPresent()) {
        stage =
            switch (hook.get()) {
              case ENTRY -> 1;
              case INIT -> 2;
              case POST_INIT -> 3;
            };
      }
      return new Layer(YamlPolicyReader.read(text, "policy note"), stage);
    }

    /** Whether it is installed before a patch that was made earlier. */
    boolean precedes(Layer earlier) {
      return stage < earlier.stage || (stage == earlier.stage && stage < 3);
    }
  }

  /**
   * Checks a new patch against those that a file has.
   *
   * @throws ElfFormatException if the setup of one would be faked by the policy of another
   */
  public static void check(ElfFile elf, PolicyNote policy, Optional<Hook> hook) {
    Layer added = Layer.of(policy, hook);
    List<SetupNote> setups = HardwireNotes.setups(elf);
    List<PolicyNote> policies = HardwireNotes.policies(elf);
    for (int i = 0; i < Math.min(setups.size(), policies.size()); i++) {
      Layer earlier = Layer.of(policies.get(i), setups.get(i).hook());
      if (added.precedes(earlier)) {
        check(elf, added.policy, earlier.policy);
      } else {
        check(elf, earlier.policy, added.policy);
      }
    }
  }

  private static void check(ElfFile elf, Policy outer, Policy inner) {
    Target machine = elf.machine();
    ResolvedPolicy resolved = ResolvedPolicy.of(outer, machine);
    SyscallTable calls = SyscallTable.of(machine);
    int prctl = calls.number("prctl").orElseThrow();
    SeccompData noNewPrivs = SeccompData.of(machine, prctl, PR_SET_NO_NEW_PRIVS, 1);
    if (inner.noNewPrivs()
        && Emulator.run(FilterCompiler.compile(outer, machine), noNewPrivs)
            .verdict()
            .equals(FAKED)) {
      throw refusal("prctl(PR_SET_NO_NEW_PRIVS)", outer);
    }
    if (mayFake(resolved, calls.number("seccomp").orElseThrow())) {
      throw refusal("seccomp", outer);
    }
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

  private static ElfFormatException refusal(String call, Policy outer) {
    return new ElfFormatException(
        Refusal.FAKED_SETUP,
        0,
        "PT_NOTE",
        "the policy \"%s\" answers %s of another policy with errno 0 instead of making the call"
            .formatted(outer.name(), call));
  }
}
