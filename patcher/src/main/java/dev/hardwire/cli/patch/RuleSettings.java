package dev.hardwire.cli.patch;

import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.options.ValueConverters;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.report.UsageText;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * Reads the settings of a manifest's rule as the options of {@code patch}.
 *
 * @param spec of the command that reads the manifest
 * @param outputs the directory for results; empty if files are replaced
 */
record RuleSettings(CommandSpec spec, Optional<Path> outputs) {
  /** Makes the work on the files of a rule. */
  interface Use {
    Batch.Action of(PatchCommand command) throws IOException;
  }

  /**
   * The work on the files of a rule.
   *
   * @throws PolicyException if a setting is invalid, with its position
   */
  Batch.Action action(ManifestRule rule, Use use) throws IOException {
    PatchCommand command = new PatchCommand();
    List<String> words = new ArrayList<>();
    List<Manifest.Setting> settings = new ArrayList<>(rule.rule().settings());
    settings.addAll(rule.rule().signing());
    for (Manifest.Setting setting : settings) {
      words.add("--" + setting.option() + (setting.value().isEmpty() ? "" : "=" + setting.value()));
    }
    words.add("--recursive");
    words.addAll(
        outputs.isEmpty()
            ? List.of("--in-place", "--replace")
            : List.of("--output-dir=" + outputs.get()));
    words.add(".");
    try {
      CommandLine options = new CommandLine(command);
      ValueConverters.register(options);
      options
          .setOut(spec.commandLine().getOut())
          .setErr(spec.commandLine().getErr())
          .setExpandAtFiles(false)
          .setTrimQuotes(false)
          .parseArgs(words.toArray(String[]::new));
      return use.of(command);
    } catch (UsageException e) {
      throw new PolicyException(rule.rule().position(), e.getMessage());
    } catch (ParameterException e) {
      throw new PolicyException(position(e, settings, rule.rule().position()), UsageText.of(e));
    }
  }

  /** The position of an invalid value. */
  private static Position position(
      ParameterException failure, List<Manifest.Setting> settings, Position otherwise) {
    if (!(failure.getArgSpec() instanceof CommandLine.Model.OptionSpec option)) {
      return otherwise;
    }
    List<String> names = List.of(option.names());
    return settings.stream()
        .filter(setting -> names.contains("--" + setting.option()))
        .findFirst()
        .map(Manifest.Setting::position)
        .orElse(otherwise);
  }
}
