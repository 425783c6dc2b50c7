package dev.hardwire.cli.options;

import dev.hardwire.VerifyTask;
import dev.hardwire.verify.LibraryFile;
import dev.hardwire.work.LibraryLookup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
    return LibraryLookup.of(libraries.stream().map(LibraryOptions::given).toList(), required);
  }

  /** Adds the requirements to a task. */
  public VerifyTask require(VerifyTask task) {
    VerifyTask all = required ? task.requireLibraryCheck() : task;
    for (String library : libraries) {
      LibraryLookup.Given given = given(library);
      all = all.library(given.file(), given.names().toArray(String[]::new));
    }
    return all;
  }

  private static LibraryLookup.Given given(String library) {
    int equals = library.indexOf('=');
    return new LibraryLookup.Given(
        Path.of(library.substring(equals + 1)),
        equals < 0 ? List.of() : List.of(library.substring(0, equals)));
  }
}
