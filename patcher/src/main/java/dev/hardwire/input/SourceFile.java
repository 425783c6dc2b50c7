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
  private final boolean isOwnPath;

  private SourceFile(Path path, Descriptor descriptor, FileStatus status, boolean isOwnPath) {
    this.path = path;
    this.descriptor = descriptor;
    this.status = status;
    this.isOwnPath = isOwnPath;
  }

  /** Opens a regular file; symbolic links are followed. */
  public static SourceFile open(Path path) throws IOException {
    Descriptor trusted = openTrusted(path);
    return trusted == null ? of(path, Descriptor.open(path), false) : of(path, trusted, true);
  }

  /**
   * Opens a regular file that was found in a tree, where no symbolic links were followed. Its
   * directory may have been exchanged for a link since.
   *
   * @param relative the path from the root of the tree
   */
  public static SourceFile openFound(Path path, Path relative) throws IOException {
    Descriptor trusted = openTrusted(path);
    return trusted == null
        ? of(path, TreePath.open(root(path, relative), relative), false)
        : of(path, trusted, true);
  }

  private static Path root(Path path, Path relative) {
    Path root = path;
    for (int i = 0; i < relative.getNameCount() && root != null; i++) {
      root = root.getParent();
    }
    return root == null ? Path.of("") : root;
  }

  /** Null if its path has a link of another user, or one that only the kernel can follow. */
  private static Descriptor openTrusted(Path path) throws IOException {
    try {
      return Directory.openFound(path);
    } catch (FileSystemException e) {
      return null; // opening it in another way reports the error
    }
  }

  private static SourceFile of(Path path, Descriptor descriptor, boolean isOwn) throws IOException {
    try {
      FileStatus status = descriptor.status();
      if (!status.isRegular()) {
        throw new FileSystemException(path.toString(), null, "not a regular file");
      }
      return new SourceFile(path, descriptor, status, isOwn);
    } catch (IOException e) {
      descriptor.close();
      throw e;
    }
  }

  /**
   * The state of the file, which its result is to replace.
   *
   * @throws FileSystemException if its path led through a symbolic link of another user, who could
   *     choose the file
   */
  public FileStatus replaceable() throws FileSystemException {
    if (!isOwnPath) {
      throw new FileSystemException(
          path.toString(), null, "its path leads through a symbolic link of another user");
    }
    return status;
  }

  /** The name under which it was opened. */
  public Path path() {
    return path;
  }

  /** The open file. */
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
