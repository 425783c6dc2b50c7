package dev.hardwire.output;

import dev.hardwire.os.Descriptor;
import dev.hardwire.os.Directory;
import dev.hardwire.os.FileStatus;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An open file that is to get the name of a target. Until then it has no name, or an unguessable
 * one that is removed unless it becomes the target's.
 *
 * <p>Errors name the directory.
 */
final class NewFile implements Closeable {
  private static final int ATTEMPTS = 16;

  private final Path folder;
  private final Directory directory;
  private final byte[] target;
  private final Descriptor file;
  private final boolean isOwned;
  private final Optional<TargetName.Replaced> replaced;
  private final boolean isNew;

  /** The name to remove; null if there is none. */
  private byte[] temporary;

  private NewFile(TargetName name, Directory.Entry place, Descriptor file, boolean isOwned) {
    this.folder = folder(name.path());
    this.directory = place.directory();
    this.target = place.name();
    this.file = file;
    this.isOwned = isOwned;
    this.replaced = name.replaced();
    this.isNew = name.isNew();
  }

  /**
   * Makes an empty file in the directory of {@code target}.
   *
   * @param permissions of which the kernel takes those away that new files do not get
   */
  static NewFile create(TargetName target, int permissions) throws IOException {
    Directory.Entry place = target.find();
    Directory directory = place.directory();
    try {
      directory.requireNoLinkToProc(place.name());
      Optional<Descriptor> unnamed = directory.createUnnamed(permissions);
      if (unnamed.isPresent()) {
        return new NewFile(target, place, unnamed.get(), true);
      }
      byte[] temporary = newName();
      NewFile made = new NewFile(target, place, directory.create(temporary, permissions), true);
      made.temporary = temporary;
      return made;
    } catch (IOException e) {
      directory.close();
      throw e;
    }
  }

  /**
   * A file that has a name already and is to get another one.
   *
   * @param file is not closed here
   */
  static NewFile of(TargetName target, Descriptor file) throws IOException {
    return new NewFile(target, target.find(), file, false);
  }

  private static Path folder(Path target) {
    Path absolute = target.toAbsolutePath();
    return absolute.getParent() == null ? absolute : absolute.getParent();
  }

  private static byte[] newName() {
    return TemporaryFile.newName().getBytes(StandardCharsets.US_ASCII);
  }

  Path folder() {
    return folder;
  }

  Descriptor descriptor() {
    return file;
  }

  /**
   * Gives it the target's name.
   *
   * @param isUsed whether the name is probably in use
   * @throws FileSystemException if it stands for something else than it has to
   */
  void takeTarget(boolean isUsed) throws IOException {
    boolean tries = temporary == null && replaced.isEmpty() && (isNew || !isUsed);
    if (tries && isLinked(target)) {
      return;
    }
    requireTemporary();
    if (isNew) {
      directory.renameNew(temporary, target);
      temporary = null;
    } else if (replaced.isPresent()) {
      replaceUnchanged();
    } else {
      rename();
    }
  }

  private void requireTemporary() throws IOException {
    for (int attempt = 0; temporary == null; attempt++) {
      byte[] name = newName();
      if (isLinked(name)) {
        temporary = name;
      } else if (attempt == ATTEMPTS) {
        throw new FileAlreadyExistsException(folder.toString());
      }
    }
  }

  private void rename() throws IOException {
    directory.rename(temporary, target);
    temporary = null;
  }

  /**
   * Replaces a file unless it has changed since it was opened. Other processes that replace it in
   * this way wait meanwhile, and then find that another file has its name.
   */
  private void replaceUnchanged() throws IOException {
    TargetName.Replaced one = replaced.orElseThrow();
    requireUnchanged(directory, target, one, folder);
    if (one.isLocked()) {
      rename();
      return;
    }
    try (Descriptor current = directory.openFile(target)) {
      FileLock lock = FileLock.of(current);
      try {
        requireUnchanged(directory, target, one, folder);
        rename();
      } finally {
        lock.close();
      }
    }
  }

  /** Whether a name was free, and is the file's now. */
  private boolean isLinked(byte[] name) throws IOException {
    try {
      directory.link(file, name);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  /**
   * Throws unless the name of what is replaced stands for that file, as it was when it was opened.
   *
   * @throws FileSystemException if another process has changed or replaced it
   */
  static void requireUnchanged(TargetName name) throws IOException {
    Directory.Entry place = name.find();
    try (Directory directory = place.directory()) {
      requireUnchanged(directory, place.name(), name.replaced().orElseThrow(), name.path());
    }
  }

  private static void requireUnchanged(
      Directory directory, byte[] name, TargetName.Replaced replaced, Path shown)
      throws IOException {
    Optional<FileStatus> found = directory.status(name);
    if (found.isEmpty()) {
      throw new NoSuchFileException(shown.toString());
    }
    if (!replaced.is(found.get())) {
      throw new FileSystemException(
          shown.toString(),
          null,
          "another process has changed or replaced it since it was read; it was not written");
    }
  }

  /** Waits for the disk unless the directory is one of {@code synced}, to which it is added. */
  void syncDirectory(Set<List<Long>> synced) throws IOException {
    FileStatus status = directory.status();
    List<Long> key = List.of(status.device(), status.inode());
    if (!synced.contains(key)) {
      directory.sync();
      synced.add(key);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (temporary != null) {
        directory.delete(temporary);
        temporary = null;
      }
    } finally {
      if (isOwned) {
        file.close();
      }
      directory.close();
    }
  }
}
