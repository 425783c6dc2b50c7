package dev.hardwire.trees;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A file to process.
 *
 * @param file its path, as given or as found in a given directory
 * @param relative its path relative to that directory; for a given file, its last part
 * @param named whether it was given itself, and therefore has to be of the right kind
 * @param otherNames other hard links to the same file that were found, without other names
 *     themselves
 * @param content what is read instead: a copy of a file that lies in an archive
 * @param unreadable the reason why the file or directory could not be read
 */
public record TreeEntry(
    Path file,
    Path relative,
    boolean named,
    List<TreeEntry> otherNames,
    Optional<Path> content,
    Optional<IOException> unreadable) {
  public TreeEntry {
    otherNames = List.copyOf(otherNames);
  }

  /** A file that lies in no archive. */
  public TreeEntry(
      Path file,
      Path relative,
      boolean named,
      List<TreeEntry> otherNames,
      Optional<IOException> unreadable) {
    this(file, relative, named, otherNames, Optional.empty(), unreadable);
  }

  /** The same file as if it was given as an argument. */
  public TreeEntry asNamed() {
    return new TreeEntry(file, relative, true, otherNames, content, unreadable);
  }

  public static TreeEntry named(Path file) {
    Path last = file.getFileName();
    return new TreeEntry(file, last == null ? file : last, true, List.of(), Optional.empty());
  }
}
