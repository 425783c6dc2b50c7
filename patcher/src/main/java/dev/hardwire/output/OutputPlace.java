package dev.hardwire.output;

import dev.hardwire.input.SourceFile;
import dev.hardwire.os.Directory;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/** Where results go. */
public sealed interface OutputPlace {
  /** Where the result of {@code entry} is named; a symbolic link is not followed. */
  Path name(TreeEntry entry);

  /**
   * The name that a new file gets.
   *
   * @param entry the input, or another hard link of it
   * @param source the open input
   */
  TargetName targetName(TreeEntry entry, SourceFile source) throws IOException;

  /** The name of another hard link of the input, when the result has the first one's. */
  default TargetName furtherName(TreeEntry other, SourceFile source) throws IOException {
    return targetName(other, source);
  }

  /** The file that is written. */
  default Path target(TreeEntry entry) throws IOException {
    return name(entry);
  }

  /** Whether each input is replaced. */
  default boolean isInPlace() {
    return false;
  }

  /** The directory that takes the results. */
  default Optional<Path> directory() {
    return Optional.empty();
  }

  /** Each input is replaced; a symbolic link stays, and its target changes. */
  record InPlace() implements OutputPlace {
    @Override
    public Path name(TreeEntry entry) {
      return entry.file();
    }

    @Override
    public TargetName targetName(TreeEntry entry, SourceFile source) throws IOException {
      return TargetName.replacing(entry.file(), source);
    }

    @Override
    public TargetName furtherName(TreeEntry other, SourceFile source) throws IOException {
      return TargetName.replacingFurther(other.file(), source);
    }

    @Override
    public Path target(TreeEntry entry) throws IOException {
      return entry.named() ? entry.file().toRealPath() : entry.file();
    }

    @Override
    public boolean isInPlace() {
      return true;
    }
  }

  /** The only result goes to this file. */
  record OneFile(Path file) implements OutputPlace {
    @Override
    public Path name(TreeEntry entry) {
      return file;
    }

    @Override
    public TargetName targetName(TreeEntry entry, SourceFile source) {
      return TargetName.of(file);
    }
  }

  /** Each result goes to its place in this directory. */
  record InDirectory(Path root) implements OutputPlace {
    /** Makes the directory if it does not exist, and follows no links of other users. */
    public static void make(Path root) throws IOException {
      Directory.make(root);
    }

    @Override
    public Path name(TreeEntry entry) {
      return root.resolve(entry.relative());
    }

    @Override
    public TargetName targetName(TreeEntry entry, SourceFile source) {
      return inTree(entry);
    }

    /** The name of a result, whether it is there or not. */
    TargetName inTree(TreeEntry entry) {
      return TargetName.below(root, entry.relative());
    }

    @Override
    public Optional<Path> directory() {
      return Optional.of(root);
    }
  }

  /** Each result goes to a file of its own; the inputs are kept, and compared with results. */
  record Chosen(Function<TreeEntry, Path> names) implements OutputPlace {
    @Override
    public Path name(TreeEntry entry) {
      return names.apply(entry);
    }

    @Override
    public TargetName targetName(TreeEntry entry, SourceFile source) {
      return TargetName.of(name(entry));
    }
  }
}
