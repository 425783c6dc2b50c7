package dev.hardwire.manifest;

import dev.hardwire.FoundFile;
import dev.hardwire.trees.TreeEntry;
import java.util.List;

/** The files of a command as the library takes them. */
public final class FoundFiles {
  private FoundFiles() {}

  /** A file that was named, or found in a directory or an archive. */
  public static FoundFile of(TreeEntry entry) {
    return new FoundFile(
        entry.file(),
        entry.relative(),
        entry.named(),
        of(entry.otherNames()),
        entry.content(),
        entry.unreadable());
  }

  /** Files that were named, or found in directories. */
  public static List<FoundFile> of(List<TreeEntry> entries) {
    return entries.stream().map(FoundFiles::of).toList();
  }
}
