package dev.hardwire.verify;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.prove.Confinement;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.prove.PhaseDiff;
import dev.hardwire.filter.prove.Restrictions;
import dev.hardwire.filter.prove.symbolic.Counterexample;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.verify.result.CheckFinding;
import dev.hardwire.verify.result.PatchSummary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the user requires of a file whose patches are proven. */
final class Requirements {
  /** The proven policies of a file, in the order in which its layers install them. */
  static final class Installed {
    private final List<List<ResolvedPolicy>> byMoment = new ArrayList<>();

    Installed() {
      for (int i = 0; i <= Hook.values().length; i++) {
        byMoment.add(new ArrayList<>());
      }
    }

    /**
     * Adds a layer; the last patch comes first.
     *
     * <p>The kernel enters first. The library runs before e_entry, in the order of the notes. At
     * e_entry and at the first element of the array, the last patch runs first; at the last element
     * it runs after what stood there.
     */
    void add(Optional<Hook> hook, ResolvedPolicy policy) {
      if (hook.isEmpty()) {
        byMoment.get(1).add(0, policy);
        return;
      }
      switch (hook.get()) {
        case FIRST -> {
          byMoment.get(0).addAll(byMoment.get(2)); // later patches, which e_entry leads to before
          byMoment.get(2).clear();
          byMoment.get(0).add(policy);
        }
        case ENTRY -> byMoment.get(2).add(policy);
        case INIT -> byMoment.get(3).add(policy);
        case POST_INIT -> byMoment.get(4).add(0, policy);
      }
    }

    List<ResolvedPolicy> policies() {
      List<ResolvedPolicy> all = new ArrayList<>();
      byMoment.forEach(all::addAll);
      return all;
    }
  }

  private final Expectations expectations;
  private final List<PatchSummary> patches;
  private final Target architecture;

  /**
   * The requirements on one file.
   *
   * @param patches the last first; their filters are known to be what the policies say
   * @param architecture that of the file
   */
  Requirements(Expectations expectations, List<PatchSummary> patches, Target architecture) {
    this.expectations = expectations;
    this.patches = patches;
    this.architecture = architecture;
  }

  void check(CheckList list, Bytes original, Confinement confinement) {
    if (!expectations.settings().hooks().isEmpty()) {
      list.check("required-hook", CheckFinding.UNMET, this::hooks);
    }
    expectations
        .policy()
        .ifPresent(
            policy -> list.check("required-policy", CheckFinding.UNMET, () -> required(policy)));
    expectations
        .atMost()
        .ifPresent(
            limit ->
                list.check("required-policy-at-least", CheckFinding.UNMET, () -> limited(limit)));
    expectations
        .original()
        .ifPresent(
            bytes ->
                list.check("original", CheckFinding.UNMET, () -> sameOriginal(original, bytes)));
    if (list.passed()) {
      list.check("confined", () -> confined(confinement));
    }
  }

  private String required(Expectations.PolicyOn policy) {
    Policy meant = ResolvedPolicy.pinned(policy.on(architecture), architecture);
    List<PatchSummary> same = patches.stream().filter(patch -> isSame(patch, meant)).toList();
    CheckList.require(!same.isEmpty(), "the file does not enforce the required policy");
    return same.stream().allMatch(PatchSummary::afterConstructors)
        ? "the required policy is enforced from post-init on, after the program's constructors"
        : "the required policy is enforced";
  }

  private String hooks() {
    for (PatchSummary patch : patches) {
      CheckList.require(
          expectations.settings().hooks().contains(patch.hookText()),
          "a policy is installed by %s, which --require-hook does not name"
              .formatted(patch.hookText()));
    }
    return "installed by "
        + String.join(", ", patches.stream().map(PatchSummary::hookText).toList());
  }

  /** The patches that take effect early enough to limit a program. */
  private List<PatchSummary> timely() {
    if (expectations.settings().hooks().contains(Hook.POST_INIT.id())) {
      return patches;
    }
    List<PatchSummary> early = new ArrayList<>(patches);
    early.removeIf(PatchSummary::afterConstructors);
    CheckList.require(
        !early.isEmpty(),
        "post-init limits the program only after its constructors; accept that with --require-hook"
            + " post-init");
    return early;
  }

  /** Weights decide nothing, so they may differ. */
  private static boolean isSame(PatchSummary patch, Policy meant) {
    return policyOf(patch).weighedBy(Map.of()).equals(meant.weighedBy(Map.of()));
  }

  private static Policy policyOf(PatchSummary patch) {
    byte[] text = patch.policyText().getBytes(StandardCharsets.UTF_8);
    return YamlPolicyReader.read(text, "policy note");
  }

  private static String sameOriginal(Bytes restored, Bytes given) {
    CheckList.require(
        restored.equals(given),
        "the file was made of another original, SHA-256 %s".formatted(restored.sha256().hex()));
    return "the given original is the one that was patched, and nothing else was changed";
  }

  private String confined(Confinement confinement) {
    return confinement.enforcesNothing() && !expectations.accepts(Acceptance.EMPTY_POLICY)
        ? CheckList.fail(CheckFinding.ENFORCES_NOTHING, confinement.text())
        : confinement.text();
  }

  /**
   * Proves that a file allows nothing that a given policy does not allow. Of a stacked patch one
   * policy within the limit is enough: all of them apply. Their filters are known to be what the
   * policies say.
   */
  private String limited(Expectations.PolicyOn limit) {
    List<PatchSummary> early = timely();
    Policy most = limit.on(architecture);
    ResolvedPolicy bound = ResolvedPolicy.of(most.inPhases(List.of()), architecture);
    Optional<Counterexample> first = Optional.empty();
    List<Policy> policies = new ArrayList<>();
    boolean within = false;
    try {
      for (PatchSummary patch : early) {
        Policy policy = policyOf(patch);
        // what lets a phase begin can only restrict the program further
        ResolvedPolicy start = ResolvedPolicy.of(policy.inPhases(List.of()), architecture);
        Optional<Counterexample> excess = FilterProof.exceeding(start, bound);
        policies.add(policy);
        within |= excess.isEmpty();
        first = first.or(() -> excess);
      }
      if (within) {
        Optional<String> more = Restrictions.exceeding(policies, bound.policy());
        more = more.isPresent() ? more : PhaseDiff.exceeding(policies, most, architecture);
        return more.isEmpty()
            ? "the file allows nothing that the given policy does not allow"
            : CheckList.fail("the file allows what the given policy does not: " + more.get());
      }
    } catch (UnprovableException e) {
      return CheckList.fail("the policies cannot be compared: " + e.getMessage());
    }
    SeccompData call = first.orElseThrow().call();
    return CheckList.fail(
        "the file allows a call that the given policy does not: %s%s"
            .formatted(
                SyscallTable.of(architecture).name(call.nr()).orElse("number " + call.nr()),
                call.args().stream().anyMatch(value -> value != 0)
                    ? " with arguments "
                        + call.args().stream().map(value -> "0x" + Long.toHexString(value)).toList()
                    : ""));
  }
}
