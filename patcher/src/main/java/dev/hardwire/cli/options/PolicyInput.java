package dev.hardwire.cli.options;

import dev.hardwire.arch.Target;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.oci.Capabilities;
import dev.hardwire.input.InputFile;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.work.PolicyFormats;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Option;

/** How the {@code policy} commands read policies. */
@OptionHeading("Policy")
public class PolicyInput {
  @Option(
      names = "--from",
      paramLabel = "FORMAT",
      converter = PolicyFormatConverter.class,
      completionCandidates = PolicyFormatConverter.Candidates.class,
      description =
          "Format of the policy: ${COMPLETION-CANDIDATES} (default: detected from the"
              + " content).")
  private PolicyFormat format;

  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      description = "Architecture: ${COMPLETION-CANDIDATES} (default: x86_64).")
  private Optional<Target> architecture = Optional.empty();

  @Option(
      names = "--capabilities",
      paramLabel = "NAME",
      split = "[,:]",
      splitSynopsisLabel = ",",
      description = "Capabilities of the program; container profiles depend on them.")
  private List<String> capabilities = List.of();

  @Option(
      names = "--kernel",
      paramLabel = "VERSION",
      defaultValue = ReadOptions.NEWEST_KERNEL,
      description = "Kernel version that the program runs on (default: ${DEFAULT-VALUE}).")
  private String kernel;

  @Option(
      names = "--map-missing-calls",
      description =
          "Replace x86-64 system calls that ARCH lacks with its equivalents, like"
              + " map_missing_calls in a policy.")
  private boolean map;

  @Option(
      names = "--include-root",
      paramLabel = "DIR",
      description =
          "Folder in which files that a policy includes are looked for, also those with absolute"
              + " names; repeatable.")
  private List<Path> includeRoots = List.of();

  @Option(
      names = "--select",
      paramLabel = "NAME",
      split = ",",
      splitSynopsisLabel = ",",
      description =
          "Of a file with several policies: a Kubernetes profile or container, or kinds of threads"
              + " of Firecracker, whose union is taken.")
  private List<String> selected = List.of();

  private boolean restrictions;

  public Target architecture() {
    return architecture.orElse(Target.X86_64);
  }

  /** The architecture if the user gave one. */
  public Optional<Target> givenArchitecture() {
    return architecture;
  }

  /** Lets readers read what a format restricts beside calls, as far as a policy can say it. */
  public void readRestrictions() {
    restrictions = true;
  }

  /** A policy of one file, its reader's warnings on {@code err}. */
  public Policy read(Path file, PrintWriter err) throws IOException {
    return read(List.of(file), err);
  }

  public Policy read(List<Path> files, PrintWriter err) throws IOException {
    List<PolicyWarning> warnings = new ArrayList<>();
    Policy policy = read(files, warnings);
    warnings.forEach(warning -> err.println("warning: " + TerminalText.of(warning)));
    return policy;
  }

  public Policy read(List<Path> files, List<PolicyWarning> warnings) throws IOException {
    for (Path file : files) {
      if (!Files.isDirectory(file)) { // an artifact is one
        InputFile.require(file);
      }
    }
    ReadOptions options =
        options().withIncludeRoots(PolicyOptions.checkedRoots(includeRoots)).withSelected(selected);
    ReadPolicy read =
        PolicyFormats.read(
            files,
            Optional.ofNullable(format),
            restrictions ? options.withRestrictions() : options);
    warnings.addAll(read.warnings());
    return map ? read.policy().withMissingCallsMapped(true) : read.policy();
  }

  private ReadOptions options() {
    Set<String> held = new HashSet<>(capabilities);
    held.remove("");
    try {
      held.forEach(Capabilities::check);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--capabilities: " + e.getMessage());
    }
    try {
      return new ReadOptions(architecture(), held, kernel);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--kernel: " + e.getMessage());
    }
  }
}
