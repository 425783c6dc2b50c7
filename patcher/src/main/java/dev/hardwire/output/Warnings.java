package dev.hardwire.output;

import java.nio.file.Path;

/** Takes what is to be said about files, and results that can wait, while the work goes on. */
public interface Warnings {
  /**
   * Takes a warning.
   *
   * @param file the file it is about
   * @param message one line, without the file's name
   */
  void warn(Path file, String message);

  /**
   * Takes a note: a decision with its reason. Notes are dropped unless they are asked for.
   *
   * @param file the file it is about
   * @param message one line, without the file's name
   */
  default void note(Path file, String message) {}

  /**
   * Takes a result, to put it in its place together with others.
   *
   * @return false if it was not taken
   */
  default boolean placesLater(FinishedOutput output) {
    return false;
  }
}
