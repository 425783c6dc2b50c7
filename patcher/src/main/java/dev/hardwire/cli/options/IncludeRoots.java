package dev.hardwire.cli.options;

import dev.hardwire.cli.report.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The folders of {@code --include-root}. */
final class IncludeRoots {
  private IncludeRoots() {}

  static List<Path> checked(List<Path> folders) {
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        throw new UsageException("--include-root: " + folder + " is not a folder");
      }
    }
    return folders;
  }
}
