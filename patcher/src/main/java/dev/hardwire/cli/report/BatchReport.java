package dev.hardwire.cli.report;

import dev.hardwire.batch.FileTree;
import dev.hardwire.batch.TreeEntry;
import java.io.IOException;

/** Collects the results for many files, in their order, and prints them at the end. */
public interface BatchReport {
  /** Whether only this report is printed. */
  boolean replacesLines();

  /**
   * Adds a file.
   *
   * @param message the error message; empty if there is none
   */
  void add(TreeEntry entry, FileResult result, String message);

  /** Prints the report. */
  void close(FileTree.Listing listing) throws IOException;
}
