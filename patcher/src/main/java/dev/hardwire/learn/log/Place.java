package dev.hardwire.learn.log;

/**
 * A line of a log.
 *
 * @param file as the user named it
 * @param line counted from 1
 */
public record Place(String file, long line) {
  @Override
  public String toString() {
    return file + ":" + line;
  }
}
