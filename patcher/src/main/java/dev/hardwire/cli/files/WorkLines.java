package dev.hardwire.cli.files;

import dev.hardwire.FileResult;
import dev.hardwire.FileWork;
import dev.hardwire.cli.report.BatchResult;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.manifest.FoundFiles;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.function.Function;

/**
 * Does work on one file after the other, and prints a line for each.
 *
 * @param line what is printed about a file for which the work was done
 */
public record WorkLines<T>(FileWork<T> work, Function<T, String> line) implements Batch.Action {
  @Override
  public BatchResult run(TreeEntry entry, PrintWriter out, WarningLines warnings)
      throws IOException {
    FileResult<T> result = work.run(FoundFiles.of(entry), warnings);
    result.result().map(line).ifPresent(out::println);
    return told(result, out);
  }

  /** The result for a file, of which is said if it was left alone. */
  public static BatchResult told(FileResult<?> result, PrintWriter out) {
    if (result.status() == FileResult.Status.ALREADY) {
      out.println(TerminalText.of(result.file().orElseThrow()) + ": already");
    }
    return BatchResult.of(result);
  }
}
