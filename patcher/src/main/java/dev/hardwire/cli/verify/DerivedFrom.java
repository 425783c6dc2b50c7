package dev.hardwire.cli.verify;

import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.derive.NamedFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;

/** Warns of files that have changed since a policy was derived from them. */
final class DerivedFrom {
  private DerivedFrom() {}

  static void warn(Path policy, PrintWriter err) throws IOException {
    WarningLines lines = new WarningLines(err, false);
    for (String difference : NamedFiles.differences(policy)) {
      lines.warn(policy, difference);
    }
    err.flush();
  }
}
