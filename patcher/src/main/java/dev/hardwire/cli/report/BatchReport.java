package dev.hardwire.cli.report;

import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;

/** Takes the result of each file, in the order of the files, and may print a report at the end. */
public interface BatchReport {
  /** Prints nothing. */
  BatchReport NONE = (entry, result, message) -> {};

  /** Whether only this report is printed. */
  default boolean replacesLines() {
    return false;
  }

  /**
   * Adds a file.
   *
   * @param message why it failed, for people; empty if it succeeded
   */
  void add(TreeEntry entry, BatchResult result, String message);

  /** Prints the report. */
  default void close(FileTree.Listing listing) throws IOException {}
}
