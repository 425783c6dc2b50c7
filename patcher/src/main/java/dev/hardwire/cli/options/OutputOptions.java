package dev.hardwire.cli.options;

import dev.hardwire.Destination;
import dev.hardwire.FoundFile;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.os.Directory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that say where results go. */
@OptionHeading("Output")
public final class OutputOptions {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description = "Write the result to this file; only one FILE is allowed.")
  Path output;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description =
          "Write each result into this directory; files found in a directory keep their"
              + " relative paths.")
  Path directory;

  @Option(names = "--in-place", description = "Replace each FILE with its result.")
  boolean inPlace;

  public boolean isGiven() {
    return output != null || directory != null || inPlace;
  }

  public Optional<Path> directory() {
    return Optional.ofNullable(directory);
  }

  /** Checks the combination of options before any directory is read. */
  public void check(List<Path> arguments, boolean trees) throws IOException {
    if (!isGiven()) {
      throw new UsageException("give -o OUT, --output-dir DIR or --in-place");
    }
    if (output != null && (arguments.size() != 1 || trees)) {
      throw new UsageException("-o accepts only one FILE; use --output-dir for several");
    }
    if (directory != null && trees) {
      Directory.make(directory);
      for (Path argument : arguments) {
        if (Files.isDirectory(argument) && Files.isSameFile(argument, directory)) {
          throw new UsageException(
              directory + " is the input; use --in-place to replace what is in it");
        }
      }
    }
    if (directory != null && !Files.isDirectory(directory)) {
      throw new NotDirectoryException(directory.toString());
    }
  }

  /** Where the results go; one of the options must be given. */
  public Destination destination() {
    if (output != null) {
      return Destination.file(output);
    }
    return inPlace ? Destination.inPlace() : Destination.directory(directory);
  }

  /**
   * Where the result of a container image or a package goes.
   *
   * @throws UsageException if the options do not name one place
   */
  public Path ofImage(Path image) {
    if (directory != null || !isGiven()) {
      throw new UsageException("give -o OUT or --in-place for an image or a package");
    }
    return inPlace ? image : output;
  }

  /** The results that are new files, or replace other files than the inputs. */
  public List<Path> newFiles(List<FoundFile> inputs) throws IOException {
    if (!isGiven() || inPlace) {
      return List.of();
    }
    Destination destination = destination();
    List<Path> files = new ArrayList<>(inputs.size());
    for (FoundFile input : inputs) {
      files.add(destination.path(input));
    }
    return files;
  }
}
