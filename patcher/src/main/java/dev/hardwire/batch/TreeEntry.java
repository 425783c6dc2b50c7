package dev.hardwire.batch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A file to work on.
 *
 * @param file as it was named, or found in a directory that was
 * @param relative from that directory; of a named file its last part
 * @param named whether it was named itself, and so has to be of the right kind
 * @param otherNames hard links to the same file that were found too, without other names
 * @param unreadable why it, a directory too, could not even be listed
 */
public record TreeEntry(
    Path file,
    Path relative,
    boolean named,
    List<TreeEntry> otherNames,
    Optional<IOException> unreadable) {
  public TreeEntry {
    otherNames = List.copyOf(otherNames);
  }

  /** A file that was named. */
  public static TreeEntry named(Path file) {
    Path last = file.getFileName();
    return new TreeEntry(file, last == null ? file : last, true, List.of(), Optional.empty());
  }
}
