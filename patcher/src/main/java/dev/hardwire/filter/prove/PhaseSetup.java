package dev.hardwire.filter.prove;

import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Phase;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The calls by which a phase restricts files, ports and processes. Every filter that may be in
 * force at its moment decides them.
 */
public final class PhaseSetup {
  private static final long AT_FDCWD = 0xffff_ff9cL;
  private static final long O_PATH_CLOEXEC = 0x20_0000 | 0x8_0000;
  private static final long ATTRIBUTES_SIZE = 24;
  private static final long PATH_BENEATH = 1;
  private static final long NET_PORT = 2;
  private static final long TSYNC = 1 << 3;
  private static final long NO_DESCRIPTOR = 0xffff_ffffL;

  /** The addresses and the descriptors are not known; rules can hardly mean them. */
  private static final long SOME_ADDRESS = 0x7fff_0000;

  private static final long SOME_DESCRIPTOR = 3;

  private PhaseSetup() {}

  /**
   * A call.
   *
   * @param name of the system call
   * @param text what a policy has to allow
   * @param arguments the first ones; the others are 0
   */
  public record Call(String name, String text, List<Long> arguments) {
    static Call of(String name, Long... arguments) {
      return new Call(name, name, List.of(arguments));
    }
  }

  /** The calls of a phase; none if it restricts nothing but calls. */
  public static List<Call> calls(Phase phase) {
    List<Call> calls = new ArrayList<>();
    phase.landlock().ifPresent(landlock -> add(calls, landlock));
    return calls;
  }

  private static void add(List<Call> calls, Landlock landlock) {
    calls.add(Call.of("landlock_create_ruleset", SOME_ADDRESS, ATTRIBUTES_SIZE));
    if (!landlock.restrictsFiles() || namesPaths(landlock)) {
      calls.add(
          new Call(
              "openat",
              "openat (when: \"flags == O_PATH|O_CLOEXEC\")",
              List.of(AT_FDCWD, SOME_ADDRESS, O_PATH_CLOEXEC)));
      calls.add(Call.of("landlock_add_rule", SOME_DESCRIPTOR, PATH_BENEATH, SOME_ADDRESS));
    }
    if (namesPorts(landlock)) {
      calls.add(Call.of("landlock_add_rule", SOME_DESCRIPTOR, NET_PORT, SOME_ADDRESS));
    }
    calls.add(Call.of("landlock_restrict_self", NO_DESCRIPTOR, TSYNC));
    calls.add(Call.of("landlock_restrict_self", SOME_DESCRIPTOR, TSYNC));
    calls.add(Call.of("close", SOME_DESCRIPTOR));
  }

  private static boolean namesPaths(Landlock landlock) {
    for (Restrictions.Access access : Restrictions.Access.values()) {
      if (!access.of(landlock).orElse(List.of()).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private static boolean namesPorts(Landlock landlock) {
    return !landlock.connect().orElse(List.of()).isEmpty()
        || !landlock.bind().orElse(List.of()).isEmpty()
        || !landlock.connectUdp().orElse(List.of()).isEmpty()
        || !landlock.boundUdp().orElse(List.of()).isEmpty();
  }

  /**
   * The calls of a phase that a policy denies.
   *
   * @param policy the rules of a start, or of a phase
   * @return what it has to allow, in the order of the calls
   */
  public static List<String> denied(ResolvedPolicy policy, Phase phase) {
    SyscallTable table = SyscallTable.of(policy.architecture());
    Set<String> denied = new LinkedHashSet<>();
    for (Call call : calls(phase)) {
      SeccompData data =
          SeccompData.of(
              policy.architecture(),
              table.number(call.name()).orElseThrow(),
              call.arguments().stream().mapToLong(Long::longValue).toArray());
      if (!ReferenceInterpreter.decide(policy, data).letsThrough()) {
        denied.add(call.text());
      }
    }
    return List.copyOf(denied);
  }
}
