package dev.hardwire.cli;

import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.image.AtomicFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Where a changed file goes. */
final class OutputOptions {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description = "Write the result to this file; one FILE only.")
  private Path output;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description = "Write each result into this directory.")
  private Path directory;

  @Option(names = "--in-place", description = "Replace each FILE by its result.")
  private boolean inPlace;

  /** Whether any of the options was given. */
  boolean isGiven() {
    return output != null || directory != null || inPlace;
  }

  /** Checks the combination of options before any file is touched. */
  void check(List<Path> inputs) throws IOException {
    int given = (output == null ? 0 : 1) + (directory == null ? 0 : 1) + (inPlace ? 1 : 0);
    if (given != 1) {
      throw new UsageException("give exactly one of -o OUT, --output-dir DIR and --in-place");
    }
    if (output != null && inputs.size() != 1) {
      throw new UsageException("-o takes one FILE; use --output-dir for several");
    }
    if (directory != null && !Files.isDirectory(directory)) {
      throw new NotDirectoryException(directory.toString());
    }
    for (int i = 0; i < inputs.size(); i++) {
      for (Path earlier : inputs.subList(0, i)) {
        requireApart(earlier, inputs.get(i));
      }
    }
  }

  private void requireApart(Path earlier, Path input) throws IOException {
    Path name = input.getFileName();
    if (directory != null && name != null && name.equals(earlier.getFileName())) {
      throw new UsageException("two FILEs would become " + directory.resolve(name));
    }
    if (inPlace
        && Files.exists(earlier)
        && Files.exists(input)
        && Files.isSameFile(earlier, input)) {
      throw new UsageException("%s and %s are one file".formatted(earlier, input));
    }
  }

  /**
   * The file that the result of {@code input} goes to; in place, a symbolic link stays and its
   * target changes.
   */
  private Path target(Path input) throws IOException {
    if (inPlace) {
      return input.toRealPath();
    }
    Path target = output != null ? output : directory.resolve(input.getFileName());
    if (Files.exists(target) && Files.isSameFile(input, target)) {
      throw new UsageException(target + " is the input; use --in-place to replace it");
    }
    return target;
  }

  /**
   * Writes what {@code input} became, with its attributes.
   *
   * @param err takes a warning if some of the attributes cannot be kept
   * @return the file that was written
   */
  Path write(Path input, Bytes content, PrintWriter err) throws IOException {
    return write(input, ByteParts.of(content), err);
  }

  /** The same for content in several pieces. */
  Path write(Path input, ByteParts content, PrintWriter err) throws IOException {
    Path target = target(input);
    AtomicFile.write(target, content, input)
        .ifPresent(
            lost ->
                err.println(
                    "hardwire: %s: warning: attributes were not kept: %s".formatted(target, lost)));
    return target;
  }
}
