package dev.hardwire.cli.policy;

import dev.hardwire.cli.options.PolicyInput;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Parameters;

/** The policy of the {@code policy} commands that take nothing but a policy. */
public final class PolicyFilesInput extends PolicyInput {
  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "A policy; of systemd's units the drop-ins too, in their order.")
  private List<Path> files;

  /** The first file, which names the policy in what the user is told. */
  public Path file() {
    return files.get(0);
  }

  /** The policy, the warnings of its reader on {@code err}. */
  public Policy read(PrintWriter err) throws IOException {
    return read(files, err);
  }

  /** The policy; what its reader left out is added to {@code warnings}. */
  public Policy read(List<PolicyWarning> warnings) throws IOException {
    return read(files, warnings);
  }
}
