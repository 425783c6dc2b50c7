package dev.hardwire.cli.report;

import java.nio.file.Path;

/** A failure with the file that it is about. */
public final class FileFault extends RuntimeException {
  private final String file;

  public FileFault(Path file, RuntimeException cause) {
    super(cause.getMessage(), cause);
    this.file = file.toString();
  }

  public String file() {
    return file;
  }
}
