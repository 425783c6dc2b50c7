package dev.hardwire.cli.verify;

import dev.hardwire.VerifyResult;
import dev.hardwire.cli.report.BatchReport;
import dev.hardwire.cli.report.BatchResult;
import dev.hardwire.cli.report.JsonDocument;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.report.write.RecordJson;
import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.TreeEntry;
import dev.hardwire.verify.result.Status;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Reports on verified files: a line with the status of each, and the number of files of each
 * status; or a JSON array.
 */
final class VerifyReport implements BatchReport {
  private record Row(String status, String signers, Path file, String reason) {}

  /** States that say all, so that the check which failed is not named. */
  private static final List<String> PLAIN =
      List.of(Status.NOT_HARD_WIRED.id(), Status.UNSUPPORTED.id());

  private final PrintWriter out;
  private final boolean audit;
  private final boolean blind;
  private final boolean json;
  private final boolean tabular;
  private final List<Row> rows = new ArrayList<>();
  private final List<JsonDocument.Item> items = new ArrayList<>();

  /** By identity: a file that was named twice is verified twice. */
  private final Map<TreeEntry, VerifyResult> results =
      Collections.synchronizedMap(new IdentityHashMap<>());

  /** An object of the JSON array: {@code docs/verify.schema.json}. */
  public record Item(
      String file,
      boolean verified,
      String status,
      Optional<String> proof,
      List<Check> checks,
      Optional<VerifyResult.Library> library,
      Optional<VerifyResult.Confinement> confinement,
      List<VerifyResult.Signature> signatures) {
    /** A check; the detail includes the advice. */
    public record Check(String name, boolean passed, String detail) {}

    private static Item of(Path file, VerifyResult result) {
      return new Item(
          file.toString(),
          result.passed(),
          result.status().id(),
          result.proof().map(VerifyResult.Proof::id),
          result.checks().stream()
              .map(check -> new Check(check.name(), check.passed(), check.advised()))
              .toList(),
          result.library(),
          result.confinement(),
          result.signatures());
    }
  }

  /**
   * Makes an empty one.
   *
   * @param audit whether files that are not hard-wired are only listed
   * @param blind whether signatures are ignored
   * @param tabular whether there is a line for each file
   */
  VerifyReport(PrintWriter out, boolean audit, boolean blind, boolean json, boolean tabular) {
    this.out = out;
    this.audit = audit;
    this.blind = blind;
    this.json = json;
    this.tabular = tabular;
  }

  /** Takes the result for a file, from any thread; returns whether the file passes. */
  boolean accept(TreeEntry entry, VerifyResult result) {
    results.put(entry, result);
    return result.passed() || (audit && result.plain());
  }

  /** Whether no file was an executable. */
  boolean isEmpty() {
    return rows.isEmpty();
  }

  @Override
  public boolean replacesLines() {
    return json;
  }

  @Override
  public void add(TreeEntry entry, BatchResult result, String message) {
    Path file = entry.file();
    VerifyResult verified = results.remove(entry);
    if (verified != null) {
      String signers =
          verified.signatures().stream()
              .filter(VerifyResult.Signature::passed)
              .map(VerifyResult.Signature::signer)
              .collect(Collectors.joining("; "));
      rows.add(new Row(verified.status().text(), signers, file, reason(verified)));
      items.add(writer -> RecordJson.write(writer, Item.of(file, verified)));
    } else if (result.status() != BatchResult.Status.SKIPPED) {
      rows.add(new Row(Status.UNREADABLE.text(), "", file, ""));
    }
  }

  @Override
  public void close(FileTree.Listing listing) throws IOException {
    if (json) {
      JsonDocument.print(out, items);
    }
    if (tabular && !rows.isEmpty()) {
      print(listing.links());
    }
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

  private void print(long links) {
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
