package dev.hardwire.input;

import dev.hardwire.os.Descriptor;
import dev.hardwire.os.Directory;
import dev.hardwire.os.FileStatus;
import dev.hardwire.os.TreePath;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * The file that a result is made from. It is opened once: contents and attributes are those of one
 * file, whatever its name stands for later.
 */
public final class SourceFile implements Closeable {
  private final Path path;
  private final Descriptor descriptor;
  private final FileStatus status;

  /** Why its result may not replace it; null if it may. */
  private final FileSystemException refusal;

  private SourceFile(
      Path path, Descriptor descriptor, FileStatus status, FileSystemException refusal) {
    this.path = path;
    this.descriptor = descriptor;
    this.status = status;
    this.refusal = refusal;
  }

  /** Opens a file. */
  private interface Opening {
    Descriptor open() throws IOException;
  }

  /** Opens a regular file; symbolic links are followed. */
  public static SourceFile open(Path path) throws IOException {
    return open(path, () -> Descriptor.open(path));
  }

  /**
   * Opens a regular file that was found in a tree, where no symbolic links were followed. Its
   * directory may have been exchanged for a link since.
   *
   * @param relative the path from the root of the tree
   */
  public static SourceFile openFound(Path path, Path relative) throws IOException {
    return open(path, () -> TreePath.open(root(path, relative), relative));
  }

  private static Path root(Path path, Path relative) {
    Path root = path;
    for (int i = 0; i < relative.getNameCount() && root != null; i++) {
      root = root.getParent();
    }
    return root == null ? Path.of("") : root;
  }

  /**
   * Opens a regular file in an open directory; symbolic links are not followed.
   *
   * @param root the path of the directory, for messages
   * @param relative the path from there
   */
  public static SourceFile open(Directory directory, Path root, Path relative) throws IOException {
    Directory.Entry place = TreePath.find(directory, root, relative);
    try (Directory parent = place.directory()) {
      return of(root.resolve(relative), parent.openFile(place.name()), null);
    }
  }

  /**
   * Opens a file in the one way, or else in the other if its path has a link of another user, or
   * one that only the kernel can follow.
   */
  private static SourceFile open(Path path, Opening other) throws IOException {
    Descriptor trusted;
    try {
      trusted = Directory.openFound(path);
    } catch (FileSystemException e) {
      return of(path, other.open(), e); // it reports the error, or may not be replaced
    }
    return of(path, trusted, null);
  }

  private static SourceFile of(Path path, Descriptor descriptor, FileSystemException refusal)
      throws IOException {
    try {
      FileStatus status = descriptor.status();
      if (!status.isRegular()) {
        throw new FileSystemException(path.toString(), null, "not a regular file");
      }
      return new SourceFile(path, descriptor, status, refusal);
    } catch (IOException e) {
      descriptor.close();
      throw e;
    }
  }

  /**
   * Checks that its result may replace it.
   *
   * @throws FileSystemException if its path led through a symbolic link of another user, who could
   *     choose the file, or through one in a proc(5)
   */
  public void requireReplaceable() throws FileSystemException {
    if (refusal != null) {
      throw refusal;
    }
  }

  /** The name under which it was opened. */
  public Path path() {
    return path;
  }

  public Descriptor descriptor() {
    return descriptor;
  }

  /** Its state when it was opened. */
  public FileStatus status() {
    return status;
  }

  @Override
  public void close() throws IOException {
    descriptor.close();
  }
}
