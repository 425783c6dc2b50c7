package dev.hardwire;

import java.nio.file.Path;

/** Takes what is to be said about files while the work on them goes on, from any thread. */
@FunctionalInterface
public interface Messages {
  /** Drops everything. */
  Messages NONE = (file, message) -> {};

  /**
   * Takes a warning: something could not be done as asked, or is probably a mistake.
   *
   * @param file the file it is about
   * @param message one line, without the file's name
   */
  void warn(Path file, String message);

  /**
   * Takes a note: a decision with its reason. Notes are dropped unless this is implemented.
   *
   * @param file the file it is about
   * @param message one line, without the file's name
   */
  default void note(Path file, String message) {}
}
