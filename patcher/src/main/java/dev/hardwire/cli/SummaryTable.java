package dev.hardwire.cli;

import dev.hardwire.verify.Check;
import dev.hardwire.verify.Report;
import dev.hardwire.verify.SignatureSummary;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What became of each file, a line each, and how many of each kind there are. */
final class SummaryTable {
  private record Row(String status, String signers, Path file, String reason) {}

  private final List<Row> rows = new ArrayList<>();

  boolean isEmpty() {
    return rows.isEmpty();
  }

  /** Adds a file. */
  void add(Path file, Report report) {
    String signers =
        report.signatures().stream()
            .filter(SignatureSummary::passed)
            .map(SignatureSummary::signer)
            .collect(Collectors.joining("; "));
    if (report.passed()) {
      String note =
          report
              .uncheckedLibrary()
              .map(library -> "library not checked: " + library.reason())
              .orElse("");
      rows.add(new Row(signers.isEmpty() ? "unsigned" : "signed", signers, file, note));
    } else if (report.isPlain()) {
      rows.add(new Row("not hard-wired", "", file, ""));
    } else {
      rows.add(new Row("FAILED", signers, file, reason(report)));
    }
  }

  /** Adds a file that cannot be read. */
  void unreadable(Path file) {
    rows.add(new Row("FAILED", "", file, "cannot be read"));
  }

  private static String reason(Report report) {
    return report.checks().stream()
        .filter(check -> !check.passed())
        .findFirst()
        .map((Check check) -> check.name() + ": " + check.detail())
        .orElse("nothing was checked");
  }

  void print(PrintWriter out) {
    for (Row row : rows) {
      String who = row.signers().isEmpty() ? "" : "  (" + row.signers() + ")";
      String why = row.reason().isEmpty() ? "" : "  " + row.reason();
      out.println(Printable.of("%-14s  %s%s%s".formatted(row.status(), row.file(), who, why)));
    }
    out.println(
        "%d files: %d signed, %d unsigned, %d not hard-wired, %d failed"
            .formatted(
                rows.size(),
                count("signed"),
                count("unsigned"),
                count("not hard-wired"),
                count("FAILED")));
  }

  private long count(String status) {
    return rows.stream().filter(row -> row.status().equals(status)).count();
  }
}
