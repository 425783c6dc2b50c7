package dev.hardwire.cli.run;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.options.PolicyOptions;
import dev.hardwire.cli.options.VerboseOption;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.policy.Policy;
import dev.hardwire.work.Host;
import dev.hardwire.work.PolicySource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes a file that confines programs without changing them. */
public abstract class ConfiningFileCommand extends BaseCommand {
  @Mixin private PolicyOptions policyOptions;

  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      description =
          "Architecture of the programs: ${COMPLETION-CANDIDATES} (default: that of this machine).")
  private Target givenArchitecture;

  @Mixin private VerboseOption verbose;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "Write the result to this file.")
  private Path output;

  /**
   * Writes the file.
   *
   * @param policy the built-in policy for every program, if there is one
   * @return its contents
   */
  public abstract Bytes write(Path output, Target architecture, Optional<Policy> policy)
      throws IOException;

  private Target architecture() {
    return Optional.ofNullable(givenArchitecture)
        .or(Host::machine)
        .orElseThrow(
            () ->
                new UsageException(
                    "--arch ARCH is required: there is no stub for this machine's architecture"));
  }

  @Override
  public final Integer call() throws IOException {
    policyOptions.requireUnread(output);
    Target architecture = architecture();
    Optional<PolicySource> source = policyOptions.readIfGiven(err());
    Optional<Policy> policy = source.map(read -> read.pinned(architecture));
    WarningLines notes = new WarningLines(err(), verbose.isGiven());
    notes.note(
        output,
        policy.isPresent()
            ? source.get().described(policy.get(), architecture)
            : "no built-in policy: each program has its own, or gets that of its environment");
    Bytes file = write(output, architecture, policy);
    out().println("%s: %d bytes".formatted(TerminalText.of(output), file.size()));
    return ExitCode.OK.code();
  }
}
