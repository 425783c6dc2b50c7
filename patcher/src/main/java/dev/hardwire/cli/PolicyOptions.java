package dev.hardwire.cli;

import dev.hardwire.elf.Machine;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.format.CallLists;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import dev.hardwire.stub.SetupCompiler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where a policy comes from: a file, or lists on the command line. */
final class PolicyOptions {
  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "The policy, in any format that \"hardwire policy\" reads.")
  private Path file;

  @Option(
      names = "--allow",
      paramLabel = "LIST",
      description =
          "System calls to allow, separated by commas or colons; all others get the default action.")
  private String allow;

  @Option(
      names = "--deny",
      paramLabel = "LIST",
      description = "System calls that get the default action; all others are allowed.")
  private String deny;

  @Option(
      names = "--default-action",
      paramLabel = "ACTION",
      description =
          "With --allow or --deny: log, errno:NAME, trap, kill-thread or kill-process (the default).")
  private String defaultAction;

  /** Sets one of these options in a quick start. */
  boolean take(QuickWords words) {
    switch (words.option()) {
      case "--policy" -> file = words.path();
      case "--allow" -> allow = words.text();
      case "--deny" -> deny = words.text();
      case "--default-action" -> defaultAction = words.text();
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Whether any option names a policy. */
  boolean isGiven() {
    return file != null || allow != null || deny != null;
  }

  /**
   * The policy if one is given.
   *
   * @throws UsageException if there is only a default action
   */
  Optional<Policy> readIfGiven() throws IOException {
    if (!isGiven() && defaultAction != null) {
      throw new UsageException("--default-action needs --allow LIST or --deny LIST");
    }
    return isGiven() ? Optional.of(read()) : Optional.empty();
  }

  /** The same, as it stays whatever becomes of files that it includes. */
  Optional<Policy> readIfGiven(Machine machine) throws IOException {
    return readIfGiven()
        .map(policy -> ResolvedPolicy.pinned(policy, SetupCompiler.architecture(machine)));
  }

  /** The policy; exactly one source must be given. */
  Policy read() throws IOException {
    boolean lists = allow != null || deny != null;
    if (file != null && (lists || defaultAction != null)) {
      throw new UsageException(
          "--policy cannot be combined with --allow, --deny or --default-action");
    }
    if (file != null) {
      return InputFile.readPolicy(file);
    }
    if (!lists) {
      throw new UsageException("no policy: give --policy FILE, --allow LIST or --deny LIST");
    }
    return CallLists.policy(Optional.ofNullable(allow), Optional.ofNullable(deny), action());
  }

  private Action action() {
    if (defaultAction == null) {
      return Action.KILL_PROCESS;
    }
    try {
      return Action.parse(defaultAction);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--default-action: " + e.getMessage());
    }
  }
}
