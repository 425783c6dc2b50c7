package dev.hardwire.derive;

import java.util.List;

/**
 * What a derivation without further options depends on.
 *
 * @param text SHA-256 of all of it but the program's name, with hyphens: of the largest library, if
 *     there are libraries; of the list of them; of the program. Programs that are near one another
 *     by this text share most of the work.
 * @param libraries in the order of the search for symbols
 */
public record ClosureIdentity(String text, List<Library> libraries) {
  /**
   * A library.
   *
   * @param path where it is
   * @param sha256 of the file, hexadecimal digits
   */
  public record Library(String path, String sha256) {}

  public ClosureIdentity {
    libraries = List.copyOf(libraries);
  }
}
