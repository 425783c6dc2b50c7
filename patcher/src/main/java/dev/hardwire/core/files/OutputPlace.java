package dev.hardwire.core.files;

import dev.hardwire.batch.TreeEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Where results go. */
public sealed interface OutputPlace {
  /** Where the result of {@code entry} is named; a symbolic link is not followed. */
  Path name(TreeEntry entry);

  /** The name that the result gets for another hard link of the input. */
  Path otherName(TreeEntry other);

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
    public Path otherName(TreeEntry other) {
      return other.file();
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
    public Path otherName(TreeEntry other) {
      throw new IllegalStateException("a file that was named has no other names");
    }
  }

  /** Each result goes to its place in this directory. */
  record InDirectory(Path root) implements OutputPlace {
    @Override
    public Path name(TreeEntry entry) {
      return root.resolve(entry.relative());
    }

    @Override
    public Path otherName(TreeEntry other) {
      return name(other);
    }

    @Override
    public Optional<Path> directory() {
      return Optional.of(root);
    }
  }
}
