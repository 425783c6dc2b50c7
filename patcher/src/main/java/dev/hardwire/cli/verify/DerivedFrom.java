package dev.hardwire.cli.verify;

import dev.hardwire.cli.files.NamedRoot;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.derive.NamedFiles;
import dev.hardwire.derive.SystemRoot;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Warns of files that have changed since a policy was derived from them. */
public final class DerivedFrom {
  @Option(
      names = "--root",
      paramLabel = "DIR|IMAGE|PACKAGE",
      description =
          "The root of the system whose libraries are compared with those that --policy was"
              + " derived from (default: this one).")
  Path root;

  void warn(Path policy, PrintWriter err) throws IOException {
    try (NamedRoot named = NamedRoot.open(root)) {
      warn(policy, NamedFiles.differences(policy, named.system()), err);
    }
  }

  /**
   * Compares the program and its libraries with those of a tree.
   *
   * @return whether there is a warning
   */
  public static boolean warn(Path policy, Path tree, PrintWriter err) throws IOException {
    return warn(policy, NamedFiles.differencesInTree(policy, SystemRoot.of(tree)), err);
  }

  private static boolean warn(Path policy, List<String> differences, PrintWriter err) {
    WarningLines lines = new WarningLines(err, false);
    for (String difference : differences) {
      lines.warn(policy, difference);
    }
    err.flush();
    return !differences.isEmpty();
  }
}
