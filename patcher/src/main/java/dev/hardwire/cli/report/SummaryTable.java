package dev.hardwire.cli.report;

import dev.hardwire.core.Advice;
import dev.hardwire.verify.Check;
import dev.hardwire.verify.Report;
import dev.hardwire.verify.SignatureSummary;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A line with the status of each file, and the number of files of each status. */
public final class SummaryTable {
  private record Row(String status, String signers, Path file, String reason) {}

  private final List<Row> rows = new ArrayList<>();
  private final boolean blind;

  /**
   * Makes an empty one.
   *
   * @param blind whether signatures were ignored
   */
  public SummaryTable(boolean blind) {
    this.blind = blind;
  }

  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /** Adds a file. */
  public void add(Path file, Report report) {
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
      String status = blind ? "hard-wired" : signers.isEmpty() ? "unsigned" : "signed";
      rows.add(new Row(status, signers, file, note));
    } else if (report.isPlain()) {
      rows.add(new Row("not hard-wired", "", file, ""));
    } else {
      rows.add(new Row("FAILED", signers, file, reason(report)));
    }
  }

  /** Adds a file that cannot be read. */
  public void unreadable(Path file) {
    rows.add(new Row("FAILED", "", file, "cannot be read"));
  }

  private static String reason(Report report) {
    return report.checks().stream()
        .filter(check -> !check.passed())
        .findFirst()
        .map((Check check) -> check.name() + ": " + Advice.detail(check))
        .orElse("nothing was checked");
  }

  /**
   * Prints it.
   *
   * @param links symbolic links that were found and not followed
   */
  public void print(PrintWriter out, long links) {
    for (Row row : rows) {
      String who = row.signers().isEmpty() ? "" : "  (" + row.signers() + ")";
      String why = row.reason().isEmpty() ? "" : "  " + row.reason();
      out.println(TerminalText.of("%-14s  %s%s%s".formatted(row.status(), row.file(), who, why)));
    }
    List<String> statuses =
        blind
            ? List.of("hard-wired", "not hard-wired", "FAILED")
            : List.of("signed", "unsigned", "not hard-wired", "FAILED");
    out.println(
        statuses.stream()
            .map(status -> count(status) + " " + status.toLowerCase(Locale.ROOT))
            .collect(
                Collectors.joining(
                    ", ",
                    rows.size() + " files: ",
                    links == 0 ? "" : "; symbolic links not followed: " + links)));
  }

  private long count(String status) {
    return rows.stream().filter(row -> row.status().equals(status)).count();
  }
}
