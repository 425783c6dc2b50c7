package dev.hardwire.cli.verify;

import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.derive.NamedFiles;
import dev.hardwire.derive.SystemRoot;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Warns of files that have changed since a policy was derived from them. */
public final class DerivedFrom {
  @Option(
      names = "--root",
      paramLabel = "DIR",
      description =
          "The root of the system whose libraries are compared with those that --policy was"
              + " derived from (default: this one).")
  Path root;

  void warn(Path policy, PrintWriter err) throws IOException {
    WarningLines lines = new WarningLines(err, false);
    SystemRoot system = root == null ? SystemRoot.HOST : SystemRoot.of(root);
    for (String difference : NamedFiles.differences(policy, system)) {
      lines.warn(policy, difference);
    }
    err.flush();
  }
}
