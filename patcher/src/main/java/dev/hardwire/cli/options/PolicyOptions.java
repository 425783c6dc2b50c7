package dev.hardwire.cli.options;

import dev.hardwire.arch.Target;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.format.CallLists;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where a policy comes from: a file, or lists on the command line. */
public final class PolicyOptions {
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

  @Option(
      names = "--map-missing-calls",
      description =
          "Let names of x86-64 stand for the calls by which other architectures do the same, as"
              + " map_missing_calls in a policy does.")
  private boolean map;

  @Option(
      names = "--strict",
      description = "It is an error if a named call can be made otherwise on an architecture.")
  private boolean strict;

  /** Sets one of these options in a quick start. */
  public boolean take(QuickWords words) {
    switch (words.option()) {
      case "--policy" -> file = words.path();
      case "--allow" -> allow = words.text();
      case "--deny" -> deny = words.text();
      case "--default-action" -> defaultAction = words.text();
      case "--map-missing-calls" -> map = words.flag();
      case "--strict" -> strict = words.flag();
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Throws if writing {@code output} would take the place of the policy. */
  public void requireUnread(Path output) throws IOException {
    if (file != null) {
      Overwriting.refuse(output, file, "the policy");
    }
  }

  /** Whether any option names a policy. */
  public boolean isGiven() {
    return file != null || allow != null || deny != null;
  }

  /**
   * The policy if one is given.
   *
   * @param err takes warnings
   * @throws UsageException if there is only a default action
   */
  public Optional<PolicySource> readIfGiven(PrintWriter err) throws IOException {
    if (!isGiven() && defaultAction != null) {
      throw new UsageException("--default-action needs --allow LIST or --deny LIST");
    }
    return isGiven() ? Optional.of(read(err)) : Optional.empty();
  }

  /** The same, as it stays whatever becomes of files that it includes. */
  public Optional<Policy> readIfGiven(Target machine, PrintWriter err) throws IOException {
    return readIfGiven(err).map(policy -> policy.pinned(machine));
  }

  /** The policy; exactly one source must be given. */
  public PolicySource read(PrintWriter err) throws IOException {
    return source(given(), err);
  }

  /** A policy that the options do not name, with what they say about policies. */
  public PolicySource source(PolicyPerArchitecture policy, PrintWriter err) {
    return new PolicySource(
        map ? policy.withMissingCallsMapped() : policy,
        strict,
        warning -> err.println("hardwire: warning: " + warning));
  }

  private PolicyPerArchitecture given() throws IOException {
    boolean lists = allow != null || deny != null;
    if (file != null && (lists || defaultAction != null)) {
      throw new UsageException(
          "--policy cannot be combined with --allow, --deny or --default-action");
    }
    if (file != null) {
      return PolicyPerArchitecture.read(file);
    }
    if (!lists) {
      throw new UsageException("no policy: give --policy FILE, --allow LIST or --deny LIST");
    }
    return PolicyPerArchitecture.of(
        CallLists.policy(Optional.ofNullable(allow), Optional.ofNullable(deny), action()));
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
