package dev.hardwire.core.files;

import java.nio.file.Path;

/** Takes warnings: the work on a file goes on. */
public interface Warnings {
  /**
   * Takes a warning.
   *
   * @param file the file it is about
   * @param message one line, without the file's name
   */
  void warn(Path file, String message);
}
