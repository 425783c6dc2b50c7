package dev.hardwire.cli.policy;

import dev.hardwire.arch.Target;
import dev.hardwire.cli.options.LayerOption;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.JsonDocument;
import dev.hardwire.cli.report.JsonOption;
import dev.hardwire.filter.Disassembler;
import dev.hardwire.filter.prove.explain.FilterExplanation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire disasm}. */
@Command(
    name = "disasm",
    description =
        "Show seccomp filters as text, from a hard-wired file or an array of struct"
            + " sock_filter.",
    footer = "  hardwire disasm tar-wired",
    mixinStandardHelpOptions = true)
public final class DisasmCommand extends BaseCommand {
  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      description =
          "Architecture of an array: ${COMPLETION-CANDIDATES} (default: x86_64); not needed"
              + " for a hard-wired file.")
  private Optional<Target> architecture = Optional.empty();

  @Mixin private LayerOption layer;
  @Mixin private JsonOption json;

  @Parameters(paramLabel = "FILE", description = "A filter, or a hard-wired file.")
  private Path file;

  @Override
  public Integer call() throws IOException {
    FilterSource source = FilterSource.read(file, architecture, layer.number());
    if (json.isChosen()) {
      List<JsonDocument.Item> items = new ArrayList<>();
      for (FilterExplanation.Labelled named : source.filters()) {
        items.add(writer -> FilterFormat.write(writer, named, source.architecture()));
      }
      JsonDocument.print(out(), items);
      return ExitCode.OK.code();
    }
    for (FilterExplanation.Labelled named : source.filters()) {
      if (!named.label().isEmpty()) {
        out().println(named.label() + ":");
      }
      Disassembler.lines(named.filter(), source.architecture()).forEach(out()::println);
    }
    return ExitCode.OK.code();
  }
}
