package dev.hardwire.output;

import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Two files would be written to one place, or an input would be lost. */
public final class OutputConflict extends RuntimeException {
  /** Which rule is broken. */
  public enum Kind {
    /** The result would replace its input, and that was not asked for. */
    REPLACES_INPUT,
    /** Two inputs have the same result. */
    SAME_RESULT,
    /** Two names that are to be replaced are one file. */
    SAME_FILE
  }

  private final Kind kind;

  private OutputConflict(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /** Throws if a result that is to replace {@code target} would replace its input. */
  static void requireOther(OutputPlace place, TreeEntry entry, Path target) throws IOException {
    if (!place.isInPlace() && Files.isSameFile(entry.file(), target)) {
      throw new OutputConflict(Kind.REPLACES_INPUT, target + " is the input");
    }
  }

  /** Throws if two inputs would be written to one file. */
  static void requireApart(OutputPlace place, List<TreeEntry> entries) throws IOException {
    Map<Object, Path> earlier = new HashMap<>();
    for (TreeEntry entry : entries) {
      requireApart(place, earlier, entry);
      for (TreeEntry other : entry.otherNames()) {
        if (place.directory().isPresent()) {
          requireApart(place, earlier, other);
        }
      }
    }
  }

  private static void requireApart(OutputPlace place, Map<Object, Path> earlier, TreeEntry entry)
      throws IOException {
    if (place.directory().isPresent()) {
      if (earlier.putIfAbsent(entry.relative().normalize(), entry.file()) != null) {
        throw new OutputConflict(
            Kind.SAME_RESULT, "two input files would be written to " + place.name(entry));
      }
    } else if (place.isInPlace() && entry.named() && Files.exists(entry.file())) {
      Path other = earlier.putIfAbsent(key(entry.file()), entry.file());
      if (other != null) {
        throw new OutputConflict(
            Kind.SAME_FILE, "%s and %s are the same file".formatted(other, entry.file()));
      }
    }
  }

  private static Object key(Path file) throws IOException {
    Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    return key == null ? file.toRealPath() : key;
  }
}
