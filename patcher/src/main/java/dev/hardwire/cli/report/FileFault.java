package dev.hardwire.cli.report;

import dev.hardwire.elf.ElfFormatException;
import java.nio.file.Path;

/** What is wrong with a file, and which file it is. */
public final class FileFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String file;

  public FileFault(Path file, ElfFormatException cause) {
    super(cause.getMessage(), cause);
    this.file = file.toString();
  }

  public String file() {
    return file;
  }
}
