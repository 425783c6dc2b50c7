package dev.hardwire.seccomp.formats;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.format.ReadOptions;
import dev.hardwire.seccomp.CallGroups;
import dev.hardwire.seccomp.Multiplexer;
import java.util.Set;

/** Provides the tables that readers of foreign formats need. */
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
}
