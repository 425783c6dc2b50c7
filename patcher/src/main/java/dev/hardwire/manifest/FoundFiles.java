package dev.hardwire.manifest;

import dev.hardwire.FoundFile;
import dev.hardwire.trees.TreeEntry;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The files of a command as the library takes them. */
public final class FoundFiles {
  private FoundFiles() {}

  /** A file that was named, or found in a directory. */
  public static FoundFile of(TreeEntry entry) {
    return of(entry, Optional.empty());
  }

  /**
   * A file of an archive.
   *
   * @param content a copy of it; empty for a file that is in no archive
   */
  public static FoundFile of(TreeEntry entry, Optional<Path> content) {
    return new FoundFile(
        entry.file(),
        entry.relative(),
        entry.named(),
        of(entry.otherNames()),
        content,
        entry.unreadable());
  }

  /** Files that were named, or found in directories. */
  public static List<FoundFile> of(List<TreeEntry> entries) {
    return entries.stream().map(FoundFiles::of).toList();
  }
}
