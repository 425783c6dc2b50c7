package dev.hardwire.cli.report;

import dev.hardwire.batch.FileTree;
import dev.hardwire.batch.TreeEntry;
import java.io.IOException;

/** Takes what became of each of many files, in their order, and prints it when all are done. */
public interface BatchReport {
  /** Whether nothing but this report is to be printed. */
  boolean replacesLines();

  /**
   * Adds a file.
   *
   * @param message why it failed, for people; empty if it did not
   */
  void add(TreeEntry entry, FileResult result, String message);

  /** Prints what there is to print. */
  void close(FileTree.Listing listing) throws IOException;
}
