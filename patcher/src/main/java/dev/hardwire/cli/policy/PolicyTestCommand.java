package dev.hardwire.cli.policy;

import dev.hardwire.cli.options.PolicyInput;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.JsonDocument;
import dev.hardwire.cli.report.JsonOption;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.prove.PolicyTable;
import dev.hardwire.input.InputFile;
import dev.hardwire.policy.Policy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code hardwire policy test}. */
@Command(
    name = "test",
    description = {
      "Run a table of calls through the policy's filter, in an emulator.",
      "Each line of the table is CALL(ARGUMENTS) -> ACTION; what follows a line phase NAME:"
          + " applies",
      "when that phase has begun. Exits with 5 if a result differs.",
    },
    footer = "  hardwire policy test policy.yaml calls.txt",
    mixinStandardHelpOptions = true)
public final class PolicyTestCommand extends BaseCommand {
  @Mixin private PolicyInput input;
  @Mixin private JsonOption json;

  @Parameters(index = "0", paramLabel = "FILE", description = "A policy.")
  private Path file;

  @Parameters(index = "1", paramLabel = "TABLE", description = "The table of calls.")
  private Path table;

  @Override
  public Integer call() throws IOException {
    List<PolicyTable.Row> rows =
        PolicyTable.read(InputFile.read(table).toArray(), table.toString(), input.architecture());
    Policy policy = input.read(file, err());
    FilterSource source = FilterSource.of(policy, input.architecture());
    Map<String, Filter> phases = new HashMap<>();
    source.phases().forEach(phase -> phases.put(phase.label(), phase.filter()));
    List<PolicyTable.Outcome> failed =
        PolicyTable.run(rows, source.filters().get(0).filter(), phases).stream()
            .filter(o -> !o.isExpected())
            .toList();
    if (json.isChosen()) {
      JsonDocument.print(out(), writer -> PolicyJson.table(writer, rows.size(), failed));
    } else {
      print(out(), rows.size(), failed);
    }
    return failed.isEmpty() ? ExitCode.OK.code() : ExitCode.VERIFICATION_FAILED.code();
  }

  private static void print(PrintWriter out, int calls, List<PolicyTable.Outcome> failed) {
    for (PolicyTable.Outcome outcome : failed) {
      out.println(
          "%s: %s: expected %s, got %s"
              .formatted(
                  TerminalText.of(outcome.row().position()),
                  TerminalText.of(outcome.row().text()),
                  outcome.row().expected(),
                  outcome.verdict()));
    }
    out.println("%d calls, %d not as expected".formatted(calls, failed.size()));
  }
}
