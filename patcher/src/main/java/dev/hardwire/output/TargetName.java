package dev.hardwire.output;

import dev.hardwire.os.Descriptor;
import dev.hardwire.os.Directory;
import dev.hardwire.os.FileStatus;
import dev.hardwire.os.TreePath;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The name that a new file is to get, and how its directory is found. No symbolic link of another
 * user is followed, because that user could make this one write to any directory.
 */
public final class TargetName {
  private final Path path;

  /** The root of the tree that takes the file; null for a file that the user names. */
  private final Path root;

  private final Path relative;
  private final Optional<FileStatus> replaced;

  private TargetName(Path path, Path root, Path relative, Optional<FileStatus> replaced) {
    this.path = path;
    this.root = root;
    this.relative = relative;
    this.replaced = replaced;
  }

  /** A file that the user names; if it is a symbolic link, the link is replaced. */
  public static TargetName of(Path file) {
    return new TargetName(file, null, null, Optional.empty());
  }

  /**
   * A file that is replaced only while its name stands for a certain file; if it is a symbolic
   * link, the target of the link is replaced.
   *
   * @param replaced that file
   */
  public static TargetName replacing(Path file, FileStatus replaced) {
    return new TargetName(file, null, null, Optional.of(replaced));
  }

  /**
   * A file in a tree. Directories that do not exist are made, and no symbolic link is followed
   * below the root.
   *
   * @param relative the path from the root
   */
  public static TargetName below(Path root, Path relative) {
    return new TargetName(root.resolve(relative), root, relative, Optional.empty());
  }

  /** The path, for messages and for advice that need not be right later. */
  Path path() {
    return path;
  }

  /** The file that the name has to stand for until it is replaced, if any. */
  Optional<FileStatus> replaced() {
    return replaced;
  }

  /** Users know the target and not the temporary file. */
  FileSystemException errorOf(FileSystemException cause) {
    String name = path.toString();
    FileSystemException named = new FileSystemException(name, null, cause.getReason());
    if (cause instanceof NoSuchFileException) {
      named = new NoSuchFileException(name);
    } else if (cause instanceof AccessDeniedException) {
      named = new AccessDeniedException(name);
    }
    named.initCause(cause);
    return named;
  }

  /** Opens the directory. */
  Directory.Entry find() throws IOException {
    if (root != null) {
      return TreePath.make(root, relative);
    }
    if (replaced.isPresent()) {
      return Directory.find(path);
    }
    Path parent = path.getParent() == null ? Path.of("") : path.getParent();
    return new Directory.Entry(Directory.openTrusted(parent), Directory.name(path));
  }

  /**
   * Checks that no symbolic link leads to the name.
   *
   * @throws FileSystemException if one does that is not followed
   */
  public void requireReachable() throws IOException {
    find().directory().close();
  }

  /** Opens the file that has the name now, to read it. */
  public Descriptor open() throws IOException {
    Directory.Entry place = find();
    try (Directory directory = place.directory()) {
      return directory.openFile(place.name());
    }
  }
}
