package dev.hardwire.os;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Looks up a file in a directory tree, one directory after another. In the tree, no symbolic link
 * is followed: a user who owns a directory there cannot lead out of it. Errors name the file.
 */
public final class TreePath {
  private final Path root;
  private final Path file;
  private final boolean isMade;

  private TreePath(Path root, Path file, boolean isMade) {
    this.root = root;
    this.file = file;
    this.isMade = isMade;
  }

  /**
   * Opens the directory of a file, and makes it if it does not exist. To the root, links are
   * followed as by {@link Directory#openTrusted}.
   *
   * @param file relative to the root
   */
  public static Directory.Entry make(Path root, Path file) throws IOException {
    Kernel.require(root.toString());
    Path parent = file.getParent();
    Optional<Directory> direct = Directory.openDirect(parent == null ? root : root.resolve(parent));
    return direct.isPresent()
        ? new Directory.Entry(direct.get(), Directory.name(file))
        : new TreePath(root, file, true).from(Directory.openTrusted(root));
  }

  /**
   * Opens a file to read it. To the root, all links are followed.
   *
   * @param file relative to the root
   */
  public static Descriptor open(Path root, Path file) throws IOException {
    Path named = root.toString().isEmpty() ? Path.of(".") : root;
    String whole = root.resolve(file).toString();
    Kernel.require(whole);
    int flags = Descriptor.O_PATH | Kernel.host().openDirectory();
    Descriptor start = Descriptor.open(Descriptor.AT_FDCWD, Scratch.bytes(named), flags, 0, whole);
    Directory.Entry place = new TreePath(root, file, false).from(new Directory(start, whole));
    try (Directory directory = place.directory()) {
      return directory.openFile(place.name());
    }
  }

  /**
   * Opens the directory of a file, which exists. To the root, links are followed as by {@link
   * Directory#openTrusted}.
   *
   * @param file relative to the root
   */
  public static Directory.Entry find(Path root, Path file) throws IOException {
    return new TreePath(root, file, false).from(Directory.openTrusted(root));
  }

  /**
   * The same from a directory that is open.
   *
   * @param root its path, for messages
   */
  public static Directory.Entry make(Directory start, Path root, Path file) throws IOException {
    return new TreePath(root, file, true).from(start.reopen());
  }

  /** The same for a file that exists. */
  public static Directory.Entry find(Directory start, Path root, Path file) throws IOException {
    return new TreePath(root, file, false).from(start.reopen());
  }

  /**
   * Goes from the root to the directory of the file.
   *
   * @param start is closed
   */
  private Directory.Entry from(Directory start) throws IOException {
    Directory at = start;
    for (int i = 0; i < file.getNameCount() - 1; i++) {
      try (Directory above = at) {
        at = descend(above, root.resolve(file.subpath(0, i + 1)));
      }
    }
    return new Directory.Entry(at, Directory.name(file));
  }

  private Directory descend(Directory above, Path path) throws IOException {
    byte[] name = Directory.name(path);
    String whole = root.resolve(file).toString();
    if (isMade && above.status(name).isEmpty()) {
      Directory.make(above.number(), name, whole);
    }
    HostAbi host = Kernel.host();
    int flags = Descriptor.O_PATH | host.openDirectory() | host.openNoFollow();
    try {
      return new Directory(Descriptor.open(above.number(), name, flags, 0, whole), whole);
    } catch (FileSystemException e) {
      Optional<FileStatus> found = above.status(name);
      if (found.isPresent() && found.get().isLink()) {
        throw new FileSystemException(
            whole, null, path + " is a symbolic link, which is not followed in a tree");
      }
      throw e;
    }
  }
}
