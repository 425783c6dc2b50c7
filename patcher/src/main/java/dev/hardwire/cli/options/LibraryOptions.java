package dev.hardwire.cli.options;

import dev.hardwire.VerifyTask;
import dev.hardwire.verify.VerifySettings;
import java.nio.file.Path;
import java.util.List;
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

  /** The libraries that programs may need; if there are any, no others. */
  public List<VerifySettings.Library> libraries() {
    return libraries.stream().map(LibraryOptions::given).toList();
  }

  /** Whether a library that cannot be found is an error. */
  public boolean areRequired() {
    return required;
  }

  /** Adds the requirements to a task. */
  public VerifyTask require(VerifyTask task) {
    VerifyTask all = required ? task.requireLibraryCheck() : task;
    for (VerifySettings.Library given : libraries()) {
      all = all.library(given.file(), given.names().toArray(String[]::new));
    }
    return all;
  }

  private static VerifySettings.Library given(String library) {
    int equals = library.indexOf('=');
    return new VerifySettings.Library(
        Path.of(library.substring(equals + 1)),
        equals < 0 ? List.of() : List.of(library.substring(0, equals)));
  }
}
