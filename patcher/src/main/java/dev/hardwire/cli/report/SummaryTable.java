package dev.hardwire.cli.report;

import dev.hardwire.VerifyResult;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A line with the status of each file, and the number of files of each status. */
public final class SummaryTable {
  private record Row(String status, String signers, Path file, String reason) {}

  private final List<Row> rows = new ArrayList<>();
  private final boolean blind;

  /** Files that passed: each is counted in one of these. */
  private int confined;

  private int empty;
  private int unchecked;

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
  public void add(Path file, VerifyResult result) {
    String signers =
        result.signatures().stream()
            .filter(VerifyResult.Signature::passed)
            .map(VerifyResult.Signature::signer)
            .collect(Collectors.joining("; "));
    if (result.passed()) {
      Optional<String> notChecked = result.uncheckedLibrary().flatMap(VerifyResult.Library::reason);
      String note = result.enforcesNothing() ? "enforces nothing" : "";
      if (result.enforcesNothing()) {
        empty++;
      } else if (notChecked.isPresent()) {
        note = "library not checked: " + notChecked.get();
        unchecked++;
      } else {
        confined++;
      }
      String status = blind ? "hard-wired" : signers.isEmpty() ? "unsigned" : "signed";
      rows.add(new Row(status, signers, file, note));
    } else if (result.plain()) {
      rows.add(new Row("not hard-wired", "", file, ""));
    } else {
      rows.add(new Row("FAILED", signers, file, reason(result)));
    }
  }

  /** Adds a file that cannot be read. */
  public void unreadable(Path file) {
    rows.add(new Row("FAILED", "", file, "cannot be read"));
  }

  private static String reason(VerifyResult result) {
    return result
        .firstFailure()
        .map(check -> check.name() + ": " + check.advised())
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
    StringBuilder line = new StringBuilder();
    line.append(
        "%d %s: confined %d, not hard-wired %d, failed %d"
            .formatted(
                rows.size(),
                rows.size() == 1 ? "file" : "files",
                confined,
                count("not hard-wired"),
                count("FAILED")));
    if (empty > 0) {
      line.append(", enforcing nothing ").append(empty);
    }
    if (unchecked > 0) {
      line.append(", library not checked ").append(unchecked);
    }
    if (!blind) {
      line.append("; signed %d, unsigned %d".formatted(count("signed"), count("unsigned")));
    }
    if (links > 0) {
      line.append("; symbolic links not followed: ").append(links);
    }
    out.println(line);
  }

  private long count(String status) {
    return rows.stream().filter(row -> row.status().equals(status)).count();
  }
}
