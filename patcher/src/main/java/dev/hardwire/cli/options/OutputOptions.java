package dev.hardwire.cli.options;

import dev.hardwire.batch.TreeEntry;
import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.image.AtomicFile;
import dev.hardwire.image.SourceFile;
import dev.hardwire.image.TemporaryFile;
import dev.hardwire.os.FileStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** Where changed files go. */
public final class OutputOptions {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description = "Write the result to this file; one FILE only.")
  private Path output;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description =
          "Write each result into this directory; those of a directory keep their places in it.")
  private Path directory;

  @Option(names = "--in-place", description = "Replace each FILE by its result.")
  private boolean inPlace;

  /** Whether nothing was in the directory before. */
  private boolean fresh;

  /** Sets one of these options in a quick start. */
  public boolean take(QuickWords words) {
    switch (words.option()) {
      case "-o", "--output" -> output = words.path();
      case "--output-dir" -> directory = words.path();
      case "--in-place" -> inPlace = words.flag();
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Whether any of the options was given. */
  public boolean isGiven() {
    return output != null || directory != null || inPlace;
  }

  /** Whether each file is replaced by its result. */
  public boolean isInPlace() {
    return inPlace;
  }

  /** The directory that takes the results. */
  public Optional<Path> directory() {
    return Optional.ofNullable(directory);
  }

  /** Checks the combination of options before any directory is read. */
  public void check(List<Path> arguments, boolean trees) throws IOException {
    int given = (output == null ? 0 : 1) + (directory == null ? 0 : 1) + (inPlace ? 1 : 0);
    if (given != 1) {
      throw new UsageException("give exactly one of -o OUT, --output-dir DIR and --in-place");
    }
    if (output != null && (arguments.size() != 1 || trees)) {
      throw new UsageException("-o takes one FILE; use --output-dir for several");
    }
    if (directory != null && trees) {
      Files.createDirectories(directory);
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

  /**
   * Checks that no two files have the same result, and prepares for them: what killed runs left is
   * removed.
   */
  public void prepare(List<TreeEntry> entries) throws IOException {
    requireApart(entries);
    if (!isGiven()) {
      return; // nothing is written
    }
    fresh = directory != null && isKnownEmpty(directory);
    Set<Path> parents = new HashSet<>();
    for (TreeEntry entry : entries) {
      Path to = inPlace ? entry.file() : place(entry);
      Path real = entry.named() && inPlace && Files.exists(to) ? to.toRealPath() : to;
      parents.add(real.toAbsolutePath().getParent());
    }
    TemporaryFile.sweep(parents);
  }

  private static boolean isKnownEmpty(Path directory) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      return !files.iterator().hasNext();
    } catch (IOException e) {
      return false; // it is not there yet, or may not be read
    }
  }

  private void requireApart(List<TreeEntry> entries) throws IOException {
    Map<Object, Path> earlier = new HashMap<>();
    for (TreeEntry entry : entries) {
      requireApart(earlier, entry);
      for (TreeEntry other : entry.otherNames()) {
        if (directory != null) {
          requireApart(earlier, other);
        }
      }
    }
  }

  private void requireApart(Map<Object, Path> earlier, TreeEntry entry) throws IOException {
    if (directory != null) {
      if (earlier.putIfAbsent(entry.relative().normalize(), entry.file()) != null) {
        throw new UsageException("two FILEs would become " + directory.resolve(entry.relative()));
      }
    } else if (inPlace && entry.named() && Files.exists(entry.file())) {
      Path other = earlier.putIfAbsent(key(entry.file()), entry.file());
      if (other != null) {
        throw new UsageException("%s and %s are one file".formatted(other, entry.file()));
      }
    }
  }

  private static Object key(Path file) throws IOException {
    Object key =
        Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class).fileKey();
    return key == null ? file.toRealPath() : key;
  }

  /**
   * The file that the result of {@code entry} goes to; in place, a symbolic link stays and its
   * target changes.
   */
  public Path target(TreeEntry entry) throws IOException {
    if (inPlace) {
      return entry.named() ? entry.file().toRealPath() : entry.file();
    }
    return place(entry);
  }

  /** The same, where no such file will be written. */
  public Path checkedTarget(TreeEntry entry) throws IOException {
    Path target = target(entry);
    if (Files.exists(target)) {
      requireOther(entry, target);
    }
    return target;
  }

  /** Checks that a file which the result is to replace is not what it is made from. */
  public void requireOther(TreeEntry entry, Path target) throws IOException {
    if (!inPlace && Files.isSameFile(entry.file(), target)) {
      throw new UsageException(target + " is the input; use --in-place to replace it");
    }
  }

  /** Where the results go that are new files, or take the place of others than the inputs. */
  public List<Path> newFiles(List<TreeEntry> entries) {
    return isGiven() && !inPlace ? entries.stream().map(this::place).toList() : List.of();
  }

  private Path place(TreeEntry entry) {
    return output != null ? output : directory.resolve(entry.relative());
  }

  /** The result of an earlier run, if it is newer than anything that happened to the input. */
  public Optional<Path> earlierResult(TreeEntry entry) throws IOException {
    if (fresh || !Files.exists(place(entry))) {
      return Optional.empty();
    }
    Path target = place(entry);
    requireOther(entry, target);
    try {
      FileTime written = Files.getLastModifiedTime(target, LinkOption.NOFOLLOW_LINKS);
      FileTime changed = (FileTime) Files.getAttribute(entry.file(), "unix:ctime");
      return written.compareTo(changed) > 0
              && Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)
          ? Optional.of(target)
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Writes what a file became, with its attributes; the file's other names become names of the
   * result.
   *
   * @param source the input, whose attributes the result gets
   * @param end of the content; it may still be being made
   * @param err takes a warning if some of the attributes cannot be kept
   * @return the file that was written
   */
  public Path write(
      TreeEntry entry, SourceFile source, ByteParts start, Supplier<ByteParts> end, PrintWriter err)
      throws IOException {
    try (PendingOutput draft = begin(entry, source, Optional.empty())) {
      return draft.write(start, end, err);
    }
  }

  /**
   * Starts to write the result of a large file, which will have most of its bytes.
   *
   * @param source the input, whose attributes the result gets
   * @param base that file, if it is large
   */
  public PendingOutput begin(TreeEntry entry, SourceFile source, Optional<FileBytes> base)
      throws IOException {
    return new PendingOutput(this, entry, source, base);
  }

  /**
   * Makes the other names of a file names of its result, where they are not.
   *
   * @param replaced in place, the file that they stand for
   */
  public void link(TreeEntry entry, Path target, Optional<FileStatus> replaced) throws IOException {
    for (TreeEntry other : entry.otherNames()) {
      Path name = inPlace ? other.file() : directory.resolve(other.relative());
      if (!inPlace) {
        Files.createDirectories(name.toAbsolutePath().getParent());
      }
      if (!Files.exists(name, LinkOption.NOFOLLOW_LINKS) || !Files.isSameFile(name, target)) {
        AtomicFile.link(name, target, replaced);
      }
    }
  }
}
