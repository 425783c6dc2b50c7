package dev.hardwire.formats;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.CallGroups;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.compile.PlainPolicies;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import java.util.Set;
import java.util.TreeSet;

/** Provides the tables that readers and writers of foreign formats need. */
public final class FormatTables {
  /** The newest kernel whose calls the tables hold. */
  public static final String KERNEL = "6.18";

  private FormatTables() {}

  /**
   * Options with this project's tables.
   *
   * @param capabilities of the program
   * @param kernel version that it runs on, such as {@link #KERNEL}
   */
  public static ReadOptions options(Target architecture, Set<String> capabilities, String kernel) {
    return new ReadOptions(
        architecture,
        capabilities,
        kernel,
        CallGroups::isKnownSomewhere,
        group -> CallGroups.calls(group).map(calls -> Multiplexer.members(calls, architecture)));
  }

  /** Options for files that are for an architecture. */
  public static WriteOptions writing(Target architecture) {
    return new WriteOptions(
        policy -> PlainPolicies.of(ResolvedPolicy.of(policy, architecture)),
        FormatTables::isGrouped,
        alwaysAllowed(architecture));
  }

  private static boolean isGrouped(String call) {
    return CallGroups.names().stream()
        .anyMatch(group -> CallGroups.calls(group).orElseThrow().contains(call));
  }

  private static Set<String> alwaysAllowed(Target architecture) {
    Set<String> calls = new TreeSet<>(CallGroups.calls("@default").orElseThrow());
    calls.retainAll(SyscallTable.of(architecture).names());
    return calls;
  }
}
