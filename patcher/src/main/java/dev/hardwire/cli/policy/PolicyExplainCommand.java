package dev.hardwire.cli.policy;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.cli.options.LayerOption;
import dev.hardwire.cli.options.PolicyInput;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.JsonDocument;
import dev.hardwire.cli.report.JsonOption;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.print.FilterGraph;
import dev.hardwire.filter.prove.explain.ExplainedCall;
import dev.hardwire.filter.prove.explain.FilterExplanation;
import dev.hardwire.filter.prove.explain.PhaseExplanation;
import dev.hardwire.filter.prove.explain.PolicyExplanation;
import dev.hardwire.filter.prove.explain.RestrictionExplanation;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.input.InputFile;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.text.NearestName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire policy explain}. */
@Command(
    name = "explain",
    description = {
      "Show the action, condition and origin for each system call, path and port as a table.",
      "FILE is a policy, or contains compiled filters of any origin.",
    },
    footer = "  hardwire policy explain policy.yaml openat socket",
    mixinStandardHelpOptions = true)
public final class PolicyExplainCommand extends BaseCommand {
  @Mixin private PolicyInput input;
  @Mixin private LayerOption layer;
  @Mixin private JsonOption json;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description =
          "${COMPLETION-CANDIDATES}: a table, or a drawing of the filter, as SVG or for Graphviz,"
              + " with the paths of the given calls marked (default: ${DEFAULT-VALUE}).")
  private Drawing format;

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "A policy, an array of struct sock_filter, or a hard-wired file.")
  private Path file;

  @Parameters(
      index = "1..*",
      paramLabel = "CALL|PATH",
      description =
          "Show only these calls and paths (default: all calls that are treated differently from"
              + " the rest, and all paths, ports, limits and phases).")
  private List<String> chosen = List.of();

  @Override
  public Integer call() throws IOException {
    if (format != Drawing.TEXT) {
      draw();
      return ExitCode.OK.code();
    }
    List<ExplainedCall> table =
        FilterSource.isBinary(InputFile.read(file)) ? ofFilters() : ofPolicy();
    if (json.isChosen()) {
      JsonDocument.print(out(), writer -> PolicyJson.explanation(writer, table));
    } else {
      ExplanationTable.lines(table).forEach(out()::println);
    }
    return ExitCode.OK.code();
  }

  private void draw() throws IOException {
    if (!paths().isEmpty()) {
      throw new UsageException(paths().get(0) + " is a path: a filter sees none");
    }
    FilterSource source;
    if (FilterSource.isBinary(InputFile.read(file))) {
      source = FilterSource.read(file, input.givenArchitecture(), layer.number());
    } else {
      ResolvedPolicy policy = ResolvedPolicy.of(policy(), input.architecture());
      Filter filter = FilterCompiler.compile(policy);
      source =
          new FilterSource(
              input.architecture(), List.of(new FilterExplanation.Labelled("", filter)));
    }
    Target architecture = source.architecture();
    List<SeccompData> marked = new ArrayList<>();
    for (String call : calls(architecture)) {
      int number = SyscallTable.of(architecture).number(call).orElseThrow();
      marked.add(SeccompData.of(architecture, number));
    }
    Map<String, FilterGraph> graphs = new LinkedHashMap<>();
    for (FilterExplanation.Labelled named : source.filters()) {
      String title = named.label().isEmpty() ? "" : ", " + named.label();
      graphs.put(
          TerminalText.of(file + title), FilterGraph.of(named.filter(), architecture, marked));
    }
    format.lines(graphs).forEach(out()::println);
  }

  private Policy policy() throws IOException {
    if (layer.number().isPresent()) {
      throw new UsageException("--layer: " + file + " is not a hard-wired file");
    }
    return input.read(file, err());
  }

  private List<ExplainedCall> ofPolicy() throws IOException {
    Set<String> calls = calls(input.architecture());
    List<String> paths = paths();
    Policy read = policy();
    ResolvedPolicy policy = ResolvedPolicy.of(read, input.architecture());
    List<ExplainedCall> rows = new ArrayList<>();
    if (paths.isEmpty() || !calls.isEmpty()) {
      rows.addAll(PolicyExplanation.of(policy, calls));
    }
    rows.addAll(
        chosen.isEmpty()
            ? RestrictionExplanation.of(policy.policy())
            : RestrictionExplanation.of(policy.policy(), paths));
    rows.addAll(PhaseExplanation.of(read, input.architecture(), calls, paths));
    return rows;
  }

  private List<ExplainedCall> ofFilters() throws IOException {
    if (!paths().isEmpty()) {
      throw new UsageException(
          paths().get(0) + " is a path: " + file + " is no policy; hardwire inspect prints it");
    }
    FilterSource source = FilterSource.read(file, input.givenArchitecture(), layer.number());
    try {
      return FilterExplanation.of(
          source.filters(), source.architecture(), calls(source.architecture()));
    } catch (UnprovableException e) {
      throw new PolicyException(
          new Position(file.toString(), 0, 0), "the filter cannot be explained: " + e.getMessage());
    }
  }

  /** The arguments that are paths; no system call has such a name. */
  private List<String> paths() {
    List<String> paths = new ArrayList<>();
    for (String text : chosen) {
      if (text.startsWith("/") || text.equals(".")) {
        paths.add(path(text));
      }
    }
    return paths;
  }

  private static String path(String text) {
    try {
      return new PathRule(text, false, Position.NONE).path();
    } catch (IllegalArgumentException e) {
      throw new UsageException(text + ": " + e.getMessage());
    }
  }

  private Set<String> calls(Target architecture) {
    SyscallTable table = SyscallTable.of(architecture);
    Set<String> calls = new TreeSet<>(chosen);
    paths().forEach(calls::remove);
    for (String call : calls) {
      if (table.number(call).isEmpty()) {
        throw new UsageException(
            "unknown system call \"" + call + "\"" + NearestName.hint(call, table.names()));
      }
    }
    return calls;
  }

  /** Prints the results for calls in columns. */
  private static final class ExplanationTable {
    /** The width limit of a column; longer texts move the rest of their line to the right. */
    private static final int WIDEST = 60;

    private ExplanationTable() {}

    /** A line for each, under a heading; columns are separated by two spaces or more. */
    static List<String> lines(List<ExplainedCall> rows) {
      List<ExplainedCall> all = new ArrayList<>();
      boolean reasons = rows.stream().anyMatch(row -> !row.reason().isEmpty());
      all.add(new ExplainedCall("CALL", "DECISION", "WHEN", "FROM", reasons ? "BECAUSE" : ""));
      all.addAll(rows);
      String form =
          "%%-%ds  %%-%ds  %%-%ds  %%-%ds  %%s"
              .formatted(
                  width(all, ExplainedCall::call),
                  width(all, ExplainedCall::decision),
                  width(all, ExplainedCall::when),
                  width(all, ExplainedCall::from));
      return all.stream()
          .map(
              row ->
                  form.formatted(row.call(), row.decision(), row.when(), row.from(), row.reason())
                      .stripTrailing())
          .toList();
    }

    private static int width(List<ExplainedCall> rows, Function<ExplainedCall, String> column) {
      return rows.stream()
          .map(column)
          .mapToInt(String::length)
          .map(w -> Math.min(w, WIDEST))
          .max()
          .orElse(1);
    }
  }
}
