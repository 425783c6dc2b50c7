package dev.hardwire.cli.report;

import dev.hardwire.work.Refused;
import java.nio.file.Path;

/** A failure with the file that it is about. */
public final class FileFault extends RuntimeException {
  private final String file;

  public FileFault(Path file, RuntimeException cause) {
    super(cause.getMessage(), cause);
    this.file = file.toString();
  }

  /** A failure, with the file if this is one that was refused. */
  public static RuntimeException ifRefused(Path file, RuntimeException failure) {
    return Refused.is(failure) ? new FileFault(file, failure) : failure;
  }

  public String file() {
    return file;
  }
}
