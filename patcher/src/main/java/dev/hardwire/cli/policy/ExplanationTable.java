package dev.hardwire.cli.policy;

import dev.hardwire.filter.prove.explain.ExplainedCall;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Prints the results for calls in columns. */
public final class ExplanationTable {
  /** The width limit of a column; longer texts move the rest of their line to the right. */
  private static final int WIDEST = 60;

  private ExplanationTable() {}

  /** A line for each, under a heading; columns are separated by two spaces or more. */
  public static List<String> lines(List<ExplainedCall> rows) {
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
