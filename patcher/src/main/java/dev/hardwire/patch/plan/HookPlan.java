package dev.hardwire.patch.plan;

import dev.hardwire.policy.Hook;
import java.util.List;
import java.util.Optional;

/**
 * How the setup program is started.
 *
 * @param hook empty if a library runs it instead of a stub
 * @param hookAddress virtual address of the redirected element of the init array; 0 for the entry
 *     hook
 * @param target virtual address of the code that it replaces; for the hook first, of the loader's
 *     code to which the stub returns
 * @param edits the changes that redirect it
 * @param reason why this hook
 */
record HookPlan(
    Optional<Hook> hook, long hookAddress, long target, List<Edit> edits, String reason) {
  HookPlan {
    edits = List.copyOf(edits);
  }
}
