package dev.hardwire.cli.report;

import dev.hardwire.elf.ElfFormatException;
import java.nio.file.Path;

/** A format error with the file that has it. */
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
