package dev.hardwire.core.files;

import dev.hardwire.batch.TreeEntry;
import dev.hardwire.image.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Makes hard links of an input hard links of its result. */
final class OtherNames {
  private OtherNames() {}

  /** Links the other names of {@code entry} to its result, where they are not yet. */
  static void link(OutputPlace place, TreeEntry entry, Path target) throws IOException {
    for (TreeEntry other : entry.otherNames()) {
      Path name = place.otherName(other);
      if (!place.isInPlace()) {
        Files.createDirectories(name.toAbsolutePath().getParent());
      }
      if (!Files.exists(name, LinkOption.NOFOLLOW_LINKS) || !Files.isSameFile(name, target)) {
        AtomicFile.link(name, target);
      }
    }
  }

  /** How many names a file has that is replaced in place; 1 where they do not matter. */
  static int count(OutputPlace place, TreeEntry entry) throws IOException {
    return place.isInPlace() && !entry.named()
        ? (int) Files.getAttribute(entry.file(), "unix:nlink")
        : 1;
  }

  /** Warns of names that were not among the inputs and keep the old contents. */
  static void warn(TreeEntry entry, int names, Path target, Warnings warnings) {
    int others = names - 1 - entry.otherNames().size();
    if (others > 0) {
      warnings.warn(
          target,
          "%d other %s of the file, not among those given, %s the old contents"
              .formatted(others, others == 1 ? "name" : "names", others == 1 ? "keeps" : "keep"));
    }
  }
}
