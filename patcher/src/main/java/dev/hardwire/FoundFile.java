package dev.hardwire;

import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A file to work on: named by the caller, or found in a directory.
 *
 * @param file its path, by which messages name it
 * @param relative its path relative to the directory in which it was found, which is opened without
 *     following symbolic links; for a file that was named, the last part of its path
 * @param named whether the caller named it, and it therefore has to be of the right kind
 * @param otherNames other hard links to it that were found, without other names themselves
 * @param content what is read instead: a copy of a file that lies in an archive
 * @param unreadable the reason why the file or directory could not be read
 */
public record FoundFile(
    Path file,
    Path relative,
    boolean named,
    List<FoundFile> otherNames,
    Optional<Path> content,
    Optional<IOException> unreadable) {
  /**
   * A file.
   *
   * @param file see the record
   * @param relative see the record
   * @param named see the record
   * @param otherNames see the record
   * @param content see the record
   * @param unreadable see the record
   * @throws IllegalArgumentException if a path is one of another file system than the default one,
   *     such as that of an archive
   */
  public FoundFile {
    requireLocal(file);
    requireLocal(relative);
    content.ifPresent(FoundFile::requireLocal);
    otherNames = List.copyOf(otherNames);
  }

  /** Paths of other file systems would name files of this one, if by their text only. */
  static Path requireLocal(Path path) {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      throw new IllegalArgumentException(path + " is a path of another file system");
    }
    return path;
  }

  /**
   * Names a file.
   *
   * @param file any path
   * @return the file, which is not looked at
   */
  public static FoundFile named(Path file) {
    return of(TreeEntry.named(file));
  }

  /**
   * Finds the regular files in directories. Symbolic links in them are not followed. Hard links are
   * one file with several names.
   *
   * @param paths directories, and files, which count as named
   * @return the files in the order of the paths, and in a directory in that of the names' bytes
   * @throws IOException if a path cannot be read
   */
  public static List<FoundFile> in(Path... paths) throws IOException {
    return FileTree.list(List.of(paths), FileTree.Choice.ALL).entries().stream()
        .map(FoundFile::of)
        .toList();
  }

  static FoundFile of(TreeEntry entry) {
    return new FoundFile(
        entry.file(),
        entry.relative(),
        entry.named(),
        entry.otherNames().stream().map(FoundFile::of).toList(),
        entry.content(),
        entry.unreadable());
  }

  TreeEntry entry() {
    return new TreeEntry(
        file,
        relative,
        named,
        otherNames.stream().map(FoundFile::entry).toList(),
        content,
        unreadable);
  }
}
