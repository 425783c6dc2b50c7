package dev.hardwire.report.model;

import java.util.List;
import java.util.Optional;

/**
 * Where a program was found.
 *
 * @param path as it was given, or found in a directory; may contain any character
 * @param owner the package that it belongs to, if that is known
 * @param otherNames other names of the same file
 * @param layer of the container image that has it; empty if it is not in one
 * @param inside empty if it is a file of its own
 */
public record Origin(
    String path,
    Optional<String> owner,
    List<String> otherNames,
    Optional<String> layer,
    Optional<Inside> inside) {
  /**
   * Where a program of a container image or a package is.
   *
   * @param archive path of the image or package
   * @param pattern as for {@code --include}, that matches its path in it
   */
  public record Inside(String archive, String pattern) {}

  public Origin {
    otherNames = List.copyOf(otherNames);
  }

  /** A program of which nothing but the name is known. */
  public static Origin of(String path) {
    return new Origin(path, Optional.empty(), List.of(), Optional.empty(), Optional.empty());
  }
}
