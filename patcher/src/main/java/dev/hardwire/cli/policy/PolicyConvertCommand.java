package dev.hardwire.cli.policy;

import dev.hardwire.cli.options.PolicyFormatConverter;
import dev.hardwire.cli.options.TextOutput;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.YamlFormat;
import dev.hardwire.formats.oci.OciArtifactFormat;
import dev.hardwire.output.NewDirectory;
import dev.hardwire.policy.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hardwire policy convert}. */
@Command(
    name = "convert",
    description = "Convert a policy to another format; fail if it cannot be expressed exactly.",
    footer = "  hardwire policy convert --to oci -o seccomp.json policy.yaml",
    mixinStandardHelpOptions = true)
public final class PolicyConvertCommand extends BaseCommand {
  @Mixin private PolicyFilesInput input;

  @Option(
      names = "--to",
      paramLabel = "FORMAT",
      converter = PolicyFormatConverter.class,
      completionCandidates = PolicyFormatConverter.Candidates.class,
      defaultValue = "yaml",
      description = "Output format: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private PolicyFormat target;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description = {
        "Write to this file; - for standard output (the default).",
        "For oci-artifact, this is a new directory."
      })
  private TextOutput output = TextOutput.STANDARD;

  @Override
  public Integer call() throws IOException {
    if (target instanceof YamlFormat) { // other formats have no place for them
      input.readRestrictions();
    }
    Policy policy = input.read(err());
    String text = target.write(policy, input.architecture());
    if (target instanceof OciArtifactFormat) {
      writeArtifact(OciArtifactFormat.layout(text));
    } else {
      output.write(text, out());
    }
    return ExitCode.OK.code();
  }

  /** Writes the files of an artifact into a new directory, which appears when it is complete. */
  private void writeArtifact(Map<String, String> files) throws IOException {
    Optional<Path> made = output.file();
    if (made.isEmpty() || Files.exists(made.get(), LinkOption.NOFOLLOW_LINKS)) {
      throw new UsageException(
          "--to " + target + " requires --output with the name of a new directory");
    }
    try (NewDirectory directory = NewDirectory.begin(made.get())) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        directory.add(file.getKey(), file.getValue());
      }
      directory.publish();
    }
  }
}
