package dev.hardwire.cli.options;

import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Prevents results from overwriting files that a command reads. */
public final class Overwriting {
  private Overwriting() {}

  /** Throws if two paths name the same file, whether it exists or not. */
  public static void refuse(Path output, Path used, String what) throws IOException {
    boolean same =
        output.toAbsolutePath().normalize().equals(used.toAbsolutePath().normalize())
            || (Files.exists(output) && Files.exists(used) && Files.isSameFile(output, used));
    if (same) {
      throw new UsageException(
          "%s is %s; write to another file".formatted(TerminalText.of(output), what));
    }
  }
}
