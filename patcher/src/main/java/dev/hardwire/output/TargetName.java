package dev.hardwire.output;

import dev.hardwire.input.SourceFile;
import dev.hardwire.os.Descriptor;
import dev.hardwire.os.Directory;
import dev.hardwire.os.FileStatus;
import dev.hardwire.os.TreePath;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
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

  /** The root, if it is open. */
  private final Directory start;

  private final Optional<Replaced> replaced;
  private final boolean isNew;

  private TargetName(
      Path path,
      Path root,
      Path relative,
      Directory start,
      Optional<Replaced> replaced,
      boolean isNew) {
    this.path = path;
    this.root = root;
    this.relative = relative;
    this.start = start;
    this.replaced = replaced;
    this.isNew = isNew;
  }

  /**
   * What a new file replaces.
   *
   * @param state of the file when it was opened
   * @param isFurther whether another name of it was replaced before, which has changed its state
   * @param isLocked whether other runs of this command are kept from replacing it anyway
   */
  record Replaced(SourceFile file, FileStatus state, boolean isFurther, boolean isLocked) {
    /** Whether a file is this one, as it was when it was opened. */
    boolean is(FileStatus found) {
      return isFurther ? found.hasContentsOf(state) : found.isUnchangedFrom(state);
    }
  }

  /** A file that the user names; if it is a symbolic link, the link is replaced. */
  public static TargetName of(Path file) {
    return new TargetName(file, null, null, null, Optional.empty(), false);
  }

  /** A file that does not exist, and is not replaced if it does when the new one is complete. */
  public static TargetName ofNew(Path file) {
    return new TargetName(file, null, null, null, Optional.empty(), true);
  }

  /**
   * A file that is replaced only while its name stands for the file from which the new one is made,
   * unchanged; if it is a symbolic link, the target of the link is replaced.
   */
  public static TargetName replacing(Path file, SourceFile replaced) throws IOException {
    return replacing(file, replaced, false);
  }

  /** The same for another hard link of that file, after the first was replaced. */
  static TargetName replacingFurther(Path file, SourceFile replaced) throws IOException {
    return replacing(file, replaced, true);
  }

  private static TargetName replacing(Path file, SourceFile replaced, boolean further)
      throws IOException {
    replaced.requireReplaceable();
    return new TargetName(
        file,
        null,
        null,
        null,
        Optional.of(new Replaced(replaced, replaced.status(), further, false)),
        false);
  }

  /**
   * A file in a tree. Directories that do not exist are made, and no symbolic link is followed
   * below the root.
   *
   * @param relative the path from the root
   */
  public static TargetName below(Path root, Path relative) {
    return new TargetName(root.resolve(relative), root, relative, null, Optional.empty(), false);
  }

  /**
   * The same in a directory that is open.
   *
   * @param root its path, for messages
   */
  static TargetName in(Directory start, Path root, Path relative) {
    return new TargetName(root.resolve(relative), root, relative, start, Optional.empty(), false);
  }

  /** A file in an open directory, which replaces the one that was opened there. */
  static TargetName replacing(Directory start, Path root, Path relative, SourceFile replaced) {
    return new TargetName(
        root.resolve(relative),
        root,
        relative,
        start,
        Optional.of(new Replaced(replaced, replaced.status(), false, true)),
        false);
  }

  /** The path, for messages and for advice that need not be right later. */
  Path path() {
    return path;
  }

  /** The file that the name has to stand for until it is replaced, if any. */
  Optional<Replaced> replaced() {
    return replaced;
  }

  /** Whether no file may have the name. */
  boolean isNew() {
    return isNew;
  }

  /** Users know the target and not the temporary file. */
  FileSystemException errorOf(FileSystemException cause) {
    String name = path.toString();
    FileSystemException named = new FileSystemException(name, null, cause.getReason());
    if (cause instanceof NoSuchFileException) {
      named = new NoSuchFileException(name);
    } else if (cause instanceof AccessDeniedException) {
      named = new AccessDeniedException(name);
    } else if (cause instanceof FileAlreadyExistsException) {
      named = new FileAlreadyExistsException(name, null, cause.getReason());
    }
    named.initCause(cause);
    return named;
  }

  Directory.Entry find() throws IOException {
    if (start != null) {
      return TreePath.make(start, root, relative);
    }
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
