package dev.hardwire.verify;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.prove.PhaseDiff;
import dev.hardwire.filter.prove.Restrictions;
import dev.hardwire.filter.prove.symbolic.Counterexample;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.verify.result.PatchSummary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Proves that a file allows nothing that a given policy does not allow. */
final class PolicyLimit {
  private PolicyLimit() {}

  /**
   * Makes the check. Of a stacked patch one policy within the limit is enough: all of them apply.
   *
   * @param patches the last first; their filters are known to be what the policies say
   */
  static String check(
      List<PatchSummary> patches, Expectations.PolicyOn limit, Target architecture) {
    Policy most = limit.on(architecture);
    ResolvedPolicy bound = ResolvedPolicy.of(most.inPhases(List.of()), architecture);
    Optional<Counterexample> first = Optional.empty();
    List<Policy> policies = new ArrayList<>();
    boolean within = false;
    for (PatchSummary patch : patches) {
      Policy policy =
          YamlPolicyReader.read(patch.policyText().getBytes(StandardCharsets.UTF_8), "policy note");
      Optional<Counterexample> excess;
      try {
        // what lets a phase begin can only restrict the program further
        ResolvedPolicy start = ResolvedPolicy.of(policy.inPhases(List.of()), architecture);
        excess = FilterProof.exceeding(start, bound);
      } catch (UnprovableException e) {
        return incomparable(e);
      }
      policies.add(policy);
      within |= excess.isEmpty();
      first = first.or(() -> excess);
    }
    if (within) {
      Optional<String> more = Restrictions.exceeding(policies, bound.policy());
      try {
        more = more.isPresent() ? more : PhaseDiff.exceeding(policies, most, architecture);
      } catch (UnprovableException e) {
        return incomparable(e);
      }
      return more.isEmpty()
          ? "the file allows nothing that the given policy does not allow"
          : CheckList.fail("the file allows what the given policy does not: " + more.get());
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

  private static String incomparable(UnprovableException e) {
    return CheckList.fail("the policies cannot be compared: " + e.getMessage());
  }
}
