package dev.hardwire.output;

import dev.hardwire.input.ProgramFile;
import dev.hardwire.os.Descriptor;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Makes hard links of an input hard links of its result. */
final class OtherNames {
  private OtherNames() {}

  /** Links the other names of {@code entry} to its result in a tree, where they are not yet. */
  static void link(OutputPlace.InDirectory place, TreeEntry entry) throws IOException {
    Path target = place.name(entry);
    for (TreeEntry other : entry.otherNames()) {
      Path name = place.name(other);
      if (!Files.exists(name, LinkOption.NOFOLLOW_LINKS) || !Files.isSameFile(name, target)) {
        try (Descriptor existing = place.inTree(entry).open()) {
          AtomicFile.link(place.inTree(other), existing);
        }
      }
    }
  }

  /** How many names a file has that is replaced in place; 1 where they do not matter. */
  static int count(OutputPlace place, ProgramFile program) throws IOException {
    return place.isInPlace() && !program.entry().named() ? program.source().status().links() : 1;
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
