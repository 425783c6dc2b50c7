package dev.hardwire.cli.verify;

import dev.hardwire.batch.FileTree;
import dev.hardwire.batch.TreeEntry;
import dev.hardwire.cli.report.BatchReport;
import dev.hardwire.cli.report.FileResult;
import dev.hardwire.cli.report.JsonList;
import dev.hardwire.cli.report.SummaryTable;
import dev.hardwire.report.write.VerificationJson;
import dev.hardwire.verify.result.Report;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;

/** Reports on verified files, as a table or a JSON array. */
public final class VerifyReport implements BatchReport {
  private final PrintWriter out;
  private final boolean audit;
  private final boolean json;
  private final boolean tabular;
  private final JsonList list;
  private final SummaryTable table;

  /** By identity: a file that was named twice is verified twice. */
  private final Map<TreeEntry, Report> reports =
      Collections.synchronizedMap(new IdentityHashMap<>());

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

  /** Takes the report on a file, from any thread; returns whether the file passes. */
  public boolean accept(TreeEntry entry, Report report) {
    reports.put(entry, report);
    return report.passed() || (audit && report.isPlain());
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
  public void add(TreeEntry entry, FileResult result, String message) {
    Path file = entry.file();
    Report report = reports.remove(entry);
    if (report != null) {
      table.add(file, report);
      list.add(writer -> VerificationJson.write(writer, file, report));
    } else if (result.status() != FileResult.Status.SKIPPED) {
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
