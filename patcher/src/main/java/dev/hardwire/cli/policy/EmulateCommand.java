package dev.hardwire.cli.policy;

import dev.hardwire.cli.options.LayerOption;
import dev.hardwire.cli.options.PolicyInput;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.JsonDocument;
import dev.hardwire.cli.report.JsonOption;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.filter.CallText;
import dev.hardwire.filter.FilterStack;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.prove.explain.FilterExplanation;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.Preset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire emulate}. */
@Command(
    name = "emulate",
    description =
        "Show how filters treat calls such as \"socket(AF_INET, 1, 0)\", as the kernel runs"
            + " them.",
    footer = "  hardwire emulate --policy policy.yaml \"socket(AF_INET, 1, 0)\"",
    mixinStandardHelpOptions = true)
public final class EmulateCommand extends BaseCommand {
  @Mixin private PolicyInput input;

  @Option(names = "--policy", paramLabel = "FILE", description = "A policy.")
  private Path policy;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "A policy that is part of Hardwire: ${COMPLETION-CANDIDATES}.")
  private Preset preset;

  @Option(
      names = "--filter",
      paramLabel = "FILE",
      description = "A filter, an array of struct sock_filter, or a hard-wired file.")
  private Path filter;

  @Mixin private LayerOption layer;
  @Mixin private JsonOption json;

  @Parameters(arity = "1..*", paramLabel = "CALL", description = "The calls.")
  private List<String> calls;

  @Override
  public Integer call() throws IOException {
    if (Stream.of(policy, preset, filter).filter(Objects::nonNull).count() != 1) {
      throw new UsageException("give one of --policy FILE, --preset NAME and --filter FILE");
    }
    FilterSource source = source();
    List<SeccompData> parsed = new ArrayList<>();
    for (String text : calls) {
      parsed.add(
          CallText.parse(
              text,
              source.architecture(),
              index -> new Position("\"" + text + "\"", 1, index + 1)));
    }
    if (json.isChosen()) {
      JsonDocument.print(out(), writer -> PolicyJson.decisions(writer, source, parsed));
    } else {
      parsed.forEach(call -> out().println(line(source, call)));
    }
    return ExitCode.OK.code();
  }

  /** The result that takes effect, and with several filters the result of each. */
  private static String line(FilterSource source, SeccompData call) {
    FilterStack.Result result = source.stack().run(call);
    StringBuilder line = new StringBuilder(CallText.write(call, source.architecture()));
    line.append(": ").append(result.verdict());
    line.append(" (").append(result.steps()).append(" instructions");
    if (source.filters().size() > 1) {
      String separator = "; ";
      for (int i = 0; i < source.filters().size(); i++) {
        line.append(separator).append(source.filters().get(i).label()).append(": ");
        line.append(result.each().get(i).verdict());
        separator = ", ";
      }
    }
    line.append(')');
    for (FilterExplanation.Labelled phase : source.phases()) {
      FilterStack.Result later = source.stack(phase).run(call);
      line.append("; in phase ").append(TerminalText.of(phase.label())).append(": ");
      line.append(later.verdict()).append(" (").append(later.steps()).append(" instructions)");
    }
    return line.toString();
  }

  private FilterSource source() throws IOException {
    if (filter != null) {
      return FilterSource.read(filter, input.givenArchitecture(), layer.number());
    }
    if (layer.number().isPresent()) {
      throw new UsageException("--layer requires --filter with a hard-wired file");
    }
    Policy read = preset != null ? preset.policy() : input.read(policy, err());
    return FilterSource.of(read, input.architecture());
  }
}
