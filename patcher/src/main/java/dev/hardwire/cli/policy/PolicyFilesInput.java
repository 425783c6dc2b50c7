package dev.hardwire.cli.policy;

import dev.hardwire.cli.options.PolicyInput;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Parameters;

/** The policy of those {@code policy} commands that have no other input. */
public final class PolicyFilesInput extends PolicyInput {
  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "A policy; for systemd, the unit file and its drop-ins in order.")
  private List<Path> files;

  /** The first file, by which messages name the policy. */
  public Path file() {
    return files.get(0);
  }

  /** The policy, the warnings of its reader on {@code err}. */
  public Policy read(PrintWriter err) throws IOException {
    return read(files, err);
  }

  public Policy read(List<PolicyWarning> warnings) throws IOException {
    return read(files, warnings);
  }
}
