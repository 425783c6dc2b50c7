package dev.hardwire.seccomp.prove;

import dev.hardwire.arch.Target;
import dev.hardwire.seccomp.SeccompData;
import dev.hardwire.seccomp.Verdict;

/**
 * A call that two deciders decide differently.
 *
 * @param call the call
 * @param first what the first one says, of a proof the filter
 * @param second what the second one says, of a proof the policy
 */
public record Counterexample(SeccompData call, Verdict first, Verdict second) {
  /** The same arguments with a call's number, where the functions compared knew none. */
  Counterexample withNumber(long nr, Target architecture) {
    SeccompData numbered =
        new SeccompData(
            nr, architecture.auditNumber(), call.instructionPointer(), call.args(), call.order());
    return new Counterexample(numbered, first, second);
  }
}
