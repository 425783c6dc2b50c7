package dev.hardwire.work;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.prove.ReferenceInterpreter;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a policy decides about the start of a dynamic program, which happens under it with the hook
 * {@code first}.
 */
final class FirstStart {
  /** What the loader and the dynamic linkers of glibc and musl call in every program. */
  private static final List<String> CALLS =
      List.of("openat", "read", "close", "mmap", "mmap2", "mprotect", "brk", "set_tid_address");

  private FirstStart() {}

  /** The calls that the policy never allows, and without which no program starts. */
  static List<String> denied(Target machine, Policy policy) {
    ResolvedPolicy resolved = ResolvedPolicy.of(policy.inPhases(List.of()), machine);
    SyscallTable table = SyscallTable.of(machine);
    boolean mapsPages = table.number("mmap2").isPresent();
    List<String> denied = new ArrayList<>();
    for (String call : CALLS) {
      OptionalInt number = table.number(call);
      boolean isUsed = number.isPresent() && !(mapsPages && call.equals("mmap"));
      if (isUsed && !ReferenceInterpreter.mayLetThrough(resolved, number.getAsInt())) {
        denied.add(call);
      }
    }
    return denied;
  }
}
