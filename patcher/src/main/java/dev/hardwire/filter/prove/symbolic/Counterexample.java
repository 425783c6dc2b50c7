package dev.hardwire.filter.prove.symbolic;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;

/**
 * A call for which two filters or policies have different decisions.
 *
 * @param call the call
 * @param first the decision of the first one; in a proof, of the filter
 * @param second the decision of the second one; in a proof, of the policy
 */
public record Counterexample(SeccompData call, Verdict first, Verdict second) {
  /** The same arguments with a call number, if the compared functions do not depend on it. */
  public Counterexample withNumber(long nr, Target architecture) {
    SeccompData numbered =
        new SeccompData(
            nr, architecture.auditNumber(), call.instructionPointer(), call.args(), call.order());
    return new Counterexample(numbered, first, second);
  }
}
