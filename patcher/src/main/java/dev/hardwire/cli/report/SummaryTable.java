package dev.hardwire.cli.report;

import dev.hardwire.VerifyResult;
import dev.hardwire.verify.result.Status;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A line with the status of each file, and the number of files of each status. */
public final class SummaryTable {
  private record Row(String status, String signers, Path file, String reason) {}

  /** States that say all, so that the check which failed is not named. */
  private static final List<String> PLAIN =
      List.of(Status.NOT_HARD_WIRED.id(), Status.UNSUPPORTED.id());

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

  public void add(Path file, VerifyResult result) {
    String signers =
        result.signatures().stream()
            .filter(VerifyResult.Signature::passed)
            .map(VerifyResult.Signature::signer)
            .collect(Collectors.joining("; "));
    rows.add(new Row(result.status().text(), signers, file, reason(result)));
  }

  /** Adds a file that cannot be read. */
  public void unreadable(Path file) {
    rows.add(new Row(Status.UNREADABLE.text(), "", file, ""));
  }

  private static String reason(VerifyResult result) {
    if (PLAIN.contains(result.status().id())) {
      return "";
    }
    return result
        .firstFailure()
        .map(check -> check.name() + ": " + check.advised())
        .or(() -> result.uncheckedLibrary().flatMap(VerifyResult.Library::reason))
        .orElse("");
  }

  /**
   * Prints it.
   *
   * @param links symbolic links that were found and not followed
   */
  public void print(PrintWriter out, long links) {
    int width = Status.NOT_HARD_WIRED.text().length();
    Map<String, Integer> counts = new TreeMap<>();
    for (Row row : rows) {
      width = Math.max(width, row.status().length());
      counts.merge(row.status(), 1, Integer::sum);
    }
    String format = "%-" + width + "s  %s%s%s";
    for (Row row : rows) {
      String who = row.signers().isEmpty() ? "" : "  (" + row.signers() + ")";
      String why = row.reason().isEmpty() ? "" : "  " + row.reason();
      out.println(TerminalText.of(format.formatted(row.status(), row.file(), who, why)));
    }
    StringBuilder line = new StringBuilder();
    line.append("%d %s: ".formatted(rows.size(), rows.size() == 1 ? "file" : "files"));
    line.append("confined ").append(counts.getOrDefault(Status.CONFINED.text(), 0));
    for (Status status : Status.values()) {
      int count = counts.getOrDefault(status.text(), 0);
      if (count > 0 && status != Status.CONFINED) {
        line.append(", ").append(status.text()).append(' ').append(count);
      }
    }
    if (!blind) {
      line.append("; signed ");
      line.append(rows.stream().filter(row -> !row.signers().isEmpty()).count());
    }
    if (links > 0) {
      line.append("; symbolic links not followed: ").append(links);
    }
    out.println(line);
  }
}
