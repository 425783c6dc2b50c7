package dev.hardwire.cli.options;

import dev.hardwire.batch.FileTree;
import dev.hardwire.batch.Glob;
import dev.hardwire.batch.TreeEntry;
import dev.hardwire.cli.report.UsageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which files are meant where directories are given. */
@OptionHeading("Directories")
public class TreeOptions {
  @Option(
      names = {"-r", "--recursive"},
      description = "Take directories, and every executable in them.")
  boolean recursive;

  @Option(
      names = "--include",
      paramLabel = "GLOB",
      description =
          "Of directories, take only files that match: by their name, or with a slash in GLOB by"
              + " their path in the directory; may be repeated.")
  List<String> include = List.of();

  @Option(
      names = "--exclude",
      paramLabel = "GLOB",
      description = "Leave out files and directories that match; may be repeated.")
  List<String> exclude = List.of();

  /** Whether directories are taken. */
  public boolean isRecursive() {
    return recursive;
  }

  /** Whether only some of the files in directories are taken. */
  private boolean chooses() {
    return !include.isEmpty() || !exclude.isEmpty();
  }

  /** The files that are named, and with {@code --recursive} those in directories. */
  public final FileTree.Listing list(List<Path> arguments, Optional<Path> outputs)
      throws IOException {
    return list(arguments, outputs, recursive);
  }

  /** The same where the command decides about directories. */
  public final FileTree.Listing list(List<Path> arguments, Optional<Path> outputs, boolean trees)
      throws IOException {
    if (!trees) {
      if (chooses()) {
        throw new UsageException("--include and --exclude are for directories");
      }
      return new FileTree.Listing(arguments.stream().map(TreeEntry::named).toList(), 0, 0);
    }
    return FileTree.list(arguments, new FileTree.Choice(globs(include), globs(exclude), outputs));
  }

  private static List<Glob> globs(List<String> texts) {
    try {
      return texts.stream().map(Glob::of).toList();
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage());
    }
  }
}
