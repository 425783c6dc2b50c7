package dev.hardwire.cli.policy;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.cli.options.PolicyInput;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.JsonDocument;
import dev.hardwire.cli.report.JsonOption;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.filter.CallText;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.print.FilterGraph;
import dev.hardwire.filter.prove.PhaseDiff;
import dev.hardwire.filter.prove.PolicyDiff;
import dev.hardwire.filter.prove.RestrictionDiff;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Phase;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire policy diff}. */
@Command(
    name = "diff",
    description = {
      "List the calls, paths, ports, limits and phases that two policies treat differently.",
      "Each call has an example.",
      "Exits with 5 if there are any.",
    },
    footer = "  hardwire policy diff old.yaml new.yaml",
    mixinStandardHelpOptions = true)
public final class PolicyDiffCommand extends BaseCommand {
  @Mixin private PolicyInput input;
  @Mixin private JsonOption json;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description =
          "${COMPLETION-CANDIDATES}: a list, or a drawing of both filters, as SVG or for Graphviz,"
              + " with the paths of the examples marked (default: ${DEFAULT-VALUE}).")
  private Drawing format;

  @Parameters(index = "0", paramLabel = "FILE1", description = "The first policy.")
  private Path first;

  @Parameters(index = "1", paramLabel = "FILE2", description = "The second policy.")
  private Path second;

  @Override
  public Integer call() throws IOException {
    Target architecture = input.architecture();
    ResolvedPolicy one = resolve(first);
    ResolvedPolicy other = resolve(second);
    List<PolicyDiff.Entry> entries = PolicyDiff.between(one, other);
    List<String> restrictions = RestrictionDiff.between(one.policy(), other.policy());
    List<PhaseDiff.Entry> phases = PhaseDiff.between(one.policy(), other.policy(), architecture);
    boolean same = entries.isEmpty() && restrictions.isEmpty() && phases.isEmpty();
    if (json.isChosen()) {
      JsonDocument.print(
          out(),
          writer -> PolicyJson.difference(writer, entries, restrictions, phases, architecture));
    } else if (format != Drawing.TEXT) {
      draw(one, other, entries).forEach(out()::println);
    } else {
      print(out(), entries, restrictions, phases);
    }
    return (same ? ExitCode.OK : ExitCode.VERIFICATION_FAILED).code();
  }

  private void print(
      PrintWriter out,
      List<PolicyDiff.Entry> entries,
      List<String> restrictions,
      List<PhaseDiff.Entry> phases) {
    Target architecture = input.architecture();
    entries.forEach(entry -> out.println(line(entry, architecture)));
    restrictions.forEach(line -> out.println(TerminalText.of(line)));
    for (PhaseDiff.Entry phase : phases) {
      String what = "from " + phase.moment() + " on";
      if (phase.first().isEmpty() || phase.second().isEmpty()) {
        out.println(
            TerminalText.of(what + ": " + name(phase.first()) + " -> " + name(phase.second())));
      }
      phase.entries().forEach(entry -> out.println(what + ", " + line(entry, architecture)));
      phase.restrictions().forEach(line -> out.println(TerminalText.of(what + ", " + line)));
    }
    if (entries.isEmpty() && restrictions.isEmpty() && phases.isEmpty()) {
      out.println("the policies are equivalent");
    }
  }

  private static String name(Optional<Phase> phase) {
    return phase.map(one -> "phase \"" + one.name() + "\"").orElse("no phase");
  }

  private static String line(PolicyDiff.Entry entry, Target architecture) {
    SeccompData example = entry.example().call();
    return "%s: %s -> %s"
        .formatted(
            SyscallTable.of(architecture).name(example.nr()).isPresent()
                ? CallText.write(example, architecture)
                : entry.call(),
            entry.example().first(),
            entry.example().second());
  }

  private List<String> draw(
      ResolvedPolicy one, ResolvedPolicy other, List<PolicyDiff.Entry> entries) {
    List<SeccompData> marked = entries.stream().map(entry -> entry.example().call()).toList();
    Map<String, FilterGraph> graphs = new LinkedHashMap<>();
    graphs.put(TerminalText.of("1: " + first), graph(one, marked));
    graphs.put(TerminalText.of("2: " + second), graph(other, marked));
    return format.lines(graphs);
  }

  private static FilterGraph graph(ResolvedPolicy policy, List<SeccompData> marked) {
    Filter filter = FilterCompiler.compile(policy);
    return FilterGraph.of(filter, policy.architecture(), marked);
  }

  private ResolvedPolicy resolve(Path file) throws IOException {
    return ResolvedPolicy.of(input.read(file, err()), input.architecture());
  }
}
