package dev.hardwire.cli.options;

import dev.hardwire.cli.report.UsageException;
import dev.hardwire.container.ImagePrograms;
import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.Glob;
import dev.hardwire.trees.Shard;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which files in directories are processed. */
@OptionHeading("Directories")
public class TreeOptions {
  @Option(
      names = {"-r", "--recursive"},
      description = "Accept directories, and process every executable in them.")
  boolean recursive;

  @Option(
      names = "--include",
      paramLabel = "GLOB",
      description =
          "In directories, process only files whose name matches, or whose relative path"
              + " matches if GLOB contains a slash; may be repeated.")
  List<String> include = List.of();

  @Option(
      names = "--exclude",
      paramLabel = "GLOB",
      description = "In directories, skip files and directories that match; may be repeated.")
  List<String> exclude = List.of();

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description =
          "Process part I of N of the files only, such as 1/4: a file's path decides which part it"
              + " is in.")
  String shard;

  /** Whether directories are accepted. */
  public boolean isRecursive() {
    return recursive;
  }

  /** Whether some files are left to others, so that none may be left. */
  public boolean isPart() {
    return shard != null;
  }

  /** Whether the files in directories are filtered. */
  boolean chooses() {
    return !include.isEmpty() || !exclude.isEmpty();
  }

  /** The files that are named, and with {@code --recursive} those in directories. */
  public final FileTree.Listing list(List<Path> arguments, Optional<Path> outputs)
      throws IOException {
    return list(arguments, outputs, recursive);
  }

  /** The same, where the command decides whether directories are accepted. */
  public final FileTree.Listing list(List<Path> arguments, Optional<Path> outputs, boolean trees)
      throws IOException {
    if (!trees) {
      if (chooses()) {
        throw new UsageException(
            "--include and --exclude apply to directories only; use --recursive");
      }
      if (isPart()) {
        requireSeveral(arguments);
      }
      return shard(shard)
          .of(new FileTree.Listing(arguments.stream().map(TreeEntry::named).toList(), 0, 0));
    }
    FileTree.Choice choice = new FileTree.Choice(globs(include), globs(exclude), outputs);
    return shard(shard).of(FileTree.list(arguments, choice));
  }

  /**
   * The files that are named, in directories, and in images and packages.
   *
   * @param images takes those that are opened
   */
  public final FileTree.Listing list(ImagePrograms images, List<Path> arguments, boolean trees)
      throws IOException {
    List<Path> files = new ArrayList<>();
    List<TreeEntry> entries = new ArrayList<>();
    for (Path argument : arguments) {
      if (trees && ImagePrograms.isImage(argument)) {
        images.add(argument).stream().filter(this::accepts).forEach(entries::add);
      } else {
        files.add(argument);
      }
    }
    FileTree.Listing listing =
        files.isEmpty()
            ? new FileTree.Listing(List.of(), 0, 0)
            : list(files, Optional.empty(), trees);
    entries.addAll(0, listing.entries());
    return new FileTree.Listing(entries, listing.links(), listing.special());
  }

  /** Refuses what is in one part as a whole: in the others, nothing would be done. */
  private static void requireSeveral(List<Path> arguments) {
    for (Path argument : arguments) {
      if (Files.isDirectory(argument)) {
        throw new UsageException(argument + " is a directory; use --recursive");
      }
    }
    if (arguments.size() == 1) {
      throw new UsageException("--shard divides directories and several files, but not one file");
    }
  }

  /** Whether a file of an archive is chosen, by its path there. */
  public final boolean accepts(TreeEntry entry) {
    if (!shard(shard).has(entry)) {
      return false;
    }
    List<Glob> excluded = globs(exclude);
    for (Path path = entry.relative(); path != null; path = path.getParent()) {
      Path part = path;
      if (excluded.stream().anyMatch(glob -> glob.matches(part))) {
        return false;
      }
    }
    return include.isEmpty()
        || globs(include).stream().anyMatch(glob -> glob.matches(entry.relative()));
  }

  /**
   * Reads the value of {@code --shard}.
   *
   * @param text may be null, for all files
   */
  public static Shard shard(String text) {
    try {
      return text == null ? Shard.ALL : Shard.parse(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--shard: " + e.getMessage());
    }
  }

  private static List<Glob> globs(List<String> texts) {
    try {
      return texts.stream().map(Glob::of).toList();
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage());
    }
  }
}
