package dev.hardwire.cli.verify;

import dev.hardwire.VerifyResult;
import dev.hardwire.cli.report.BatchReport;
import dev.hardwire.cli.report.BatchResult;
import dev.hardwire.cli.report.JsonList;
import dev.hardwire.cli.report.RecordJson;
import dev.hardwire.cli.report.SummaryTable;
import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reports on verified files, as a table or a JSON array. */
public final class VerifyReport implements BatchReport {
  private final PrintWriter out;
  private final boolean audit;
  private final boolean json;
  private final boolean tabular;
  private final JsonList list;
  private final SummaryTable table;

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
  public VerifyReport(
      PrintWriter out, boolean audit, boolean blind, boolean json, boolean tabular) {
    this.out = out;
    this.audit = audit;
    this.json = json;
    this.tabular = tabular;
    this.table = new SummaryTable(blind);
    this.list = new JsonList(out, json);
  }

  /** Takes the result for a file, from any thread; returns whether the file passes. */
  public boolean accept(TreeEntry entry, VerifyResult result) {
    results.put(entry, result);
    return result.passed() || (audit && result.plain());
  }

  /** Whether no file was an executable. */
  public boolean isEmpty() {
    return table.isEmpty();
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
      table.add(file, verified);
      list.add(writer -> RecordJson.write(writer, Item.of(file, verified)));
    } else if (result.status() != BatchResult.Status.SKIPPED) {
      table.unreadable(file);
    }
  }

  @Override
  public void close(FileTree.Listing listing) throws IOException {
    list.close();
    if (tabular && !table.isEmpty()) {
      table.print(out, listing.links());
    }
  }
}
