package dev.hardwire.cli.options;

import dev.hardwire.PatchTask;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.CallLists;
import dev.hardwire.policy.text.Preset;
import dev.hardwire.work.GivenPolicy;
import dev.hardwire.work.PolicyPerArchitecture;
import dev.hardwire.work.PolicySource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that give a policy: a file, or lists on the command line. */
@OptionHeading("Policy")
public final class PolicyOptions {
  private static final String COMMAND_LINE = "the command line";

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description =
          "A policy that is part of Hardwire: ${COMPLETION-CANDIDATES}. \"hardwire policy"
              + " presets\" describes them.")
  Preset preset;

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "The policy file, in any format that \"hardwire policy\" reads.")
  Path file;

  @Option(
      names = "--include-root",
      paramLabel = "DIR",
      description =
          "With --policy: folder in which files that the policy includes are looked for;"
              + " repeatable.")
  List<Path> includeRoots = List.of();

  @Option(
      names = "--allow",
      paramLabel = "LIST",
      description =
          "System calls to allow, separated by commas or colons; all others get the default"
              + " action.")
  String allow;

  @Option(
      names = "--deny",
      paramLabel = "LIST",
      description = "System calls that get the default action; all others are allowed.")
  String deny;

  @Option(
      names = "--default-action",
      paramLabel = "ACTION",
      description =
          "With --allow or --deny: log, errno:NAME, trap, kill-thread or kill-process (the default;"
              + " also kill).")
  String defaultAction;

  @Option(
      names = "--map-missing-calls",
      description =
          "Replace x86-64 system calls that another architecture lacks with its"
              + " equivalents, like map_missing_calls in a policy.")
  boolean map;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description =
          "How often the program makes calls, as in \"hardwire policy compile\": frequent calls get"
              + " short paths through the filter.")
  Path weights;

  @Option(
      names = "--strict",
      description =
          "Fail if an architecture has another call that does the same as a call in the"
              + " policy.")
  boolean strict;

  /** Throws if {@code output} would overwrite the policy. */
  public void requireUnread(Path output) throws IOException {
    if (file != null) {
      Overwriting.refuse(output, file, "the policy");
    }
    if (weights != null) {
      Overwriting.refuse(output, weights, "the weights");
    }
  }

  public boolean isGiven() {
    return preset != null || file != null || allow != null || deny != null;
  }

  /**
   * The policy if one is given.
   *
   * @param err takes warnings
   * @throws UsageException if there is only a default action
   */
  public Optional<PolicySource> readIfGiven(PrintWriter err) throws IOException {
    if (!isGiven() && defaultAction != null) {
      throw new UsageException("--default-action requires --allow LIST or --deny LIST");
    }
    if (!isGiven() && weights != null) {
      throw new UsageException(
          "--weights requires --preset NAME, --policy FILE, --allow LIST or --deny LIST");
    }
    return isGiven() ? Optional.of(read(err)) : Optional.empty();
  }

  /** The policy; a source must be given. */
  public PolicySource read(PrintWriter err) throws IOException {
    return source(given(), err);
  }

  /** A policy from elsewhere, to which these options are applied. */
  public PolicySource source(PolicyPerArchitecture policy, PrintWriter err) throws IOException {
    return new GivenPolicy(() -> policy, map, strict, Optional.ofNullable(weights))
        .source(warning -> print(warning, err));
  }

  /** Sets the policy; a source must be given. */
  public PatchTask applyTo(PatchTask given, PrintWriter err) {
    check();
    PatchTask task = given.policyWarnings(warning -> print(warning, err));
    if (preset != null) {
      task = task.policy(preset.policy(), "the preset " + preset);
    } else if (file != null) {
      task = task.policy(file, checkedRoots(includeRoots).toArray(Path[]::new));
    } else {
      task = task.policy(listed(), COMMAND_LINE);
    }
    if (map) {
      task = task.mapMissingCalls();
    }
    if (weights != null) {
      task = task.weights(weights);
    }
    return strict ? task.strict() : task;
  }

  /** The folders of {@code --include-root}, which must be there. */
  static List<Path> checkedRoots(List<Path> folders) {
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        throw new UsageException("--include-root: " + folder + " is not a folder");
      }
    }
    return folders;
  }

  private static void print(PolicyWarning warning, PrintWriter err) {
    err.println("hardwire: warning: " + TerminalText.of(warning));
  }

  private PolicyPerArchitecture given() throws IOException {
    check();
    if (preset != null) {
      return PolicyPerArchitecture.of(preset);
    }
    return file != null
        ? PolicyPerArchitecture.read(file, checkedRoots(includeRoots))
        : PolicyPerArchitecture.of(listed(), COMMAND_LINE);
  }

  private void check() {
    if (preset == null && file == null && !includeRoots.isEmpty()) {
      throw new UsageException("--include-root requires --policy FILE");
    }
    if (!isGiven()) {
      throw new UsageException(
          "no policy: give --preset NAME, --policy FILE, --allow LIST or --deny LIST");
    }
  }

  private Policy listed() {
    return CallLists.policy(Optional.ofNullable(allow), Optional.ofNullable(deny), action());
  }

  private Action action() {
    if (defaultAction == null) {
      return Action.KILL_PROCESS;
    }
    try {
      return defaultAction.equals("kill") ? Action.KILL_PROCESS : Action.parse(defaultAction);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--default-action: " + e.getMessage());
    }
  }
}
