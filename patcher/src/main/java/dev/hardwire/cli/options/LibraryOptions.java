package dev.hardwire.cli.options;

import dev.hardwire.core.LibraryLookup;
import dev.hardwire.verify.LibraryFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** The options about libraries that programs patched in mode needed name. */
@OptionHeading("Library")
public final class LibraryOptions {
  @Option(
      names = "--library",
      paramLabel = "[NAME=]FILE",
      description =
          "Require that programs patched with --mode needed depend on the library NAME"
              + " (default: FILE's absolute path or file name), and that Hardwire wrote FILE; may"
              + " be repeated.")
  List<String> libraries = List.of();

  @Option(
      names = "--require-library",
      description =
          "Reject programs whose library was not checked. Without this option and"
              + " --library, a library that is not found at the absolute path in the program is"
              + " reported as not checked.")
  boolean required;

  /**
   * Finds a library by the name that a program gives it.
   *
   * @throws IOException if a FILE cannot be read
   */
  public Function<String, LibraryFile> read() throws IOException {
    Map<String, LibraryFile> given = new HashMap<>();
    for (String library : libraries) {
      int equals = library.indexOf('=');
      Path file = Path.of(library.substring(equals + 1));
      LibraryFile found = LibraryLookup.read(file);
      if (equals >= 0) {
        given.put(library.substring(0, equals), found);
      } else {
        given.put(file.toAbsolutePath().normalize().toString(), found);
        given.put(file.getFileName().toString(), found);
      }
    }
    return new LibraryLookup(given, required);
  }
}
