package dev.hardwire.cli.report;

import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;

/** Takes the result of each file, in the order of the files, and prints a report at the end. */
public interface BatchReport {
  /** Prints nothing. */
  BatchReport NONE =
      new BatchReport() {
        @Override
        public boolean replacesLines() {
          return false;
        }

        @Override
        public void add(TreeEntry entry, BatchResult result, String message) {
          // not reported
        }

        @Override
        public void close(FileTree.Listing listing) {
          // nothing to print
        }
      };

  /** Whether only this report is printed. */
  boolean replacesLines();

  /**
   * Adds a file.
   *
   * @param message why it failed, for people; empty if it succeeded
   */
  void add(TreeEntry entry, BatchResult result, String message);

  void close(FileTree.Listing listing) throws IOException;
}
