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

  /** The name to remove; null if there is none. */
  private byte[] temporary;

  private NewFile(
      Path folder, Directory directory, byte[] target, Descriptor file, boolean isOwned) {
    this.folder = folder;
    this.directory = directory;
    this.target = target;
    this.file = file;
    this.isOwned = isOwned;
  }

  /** Makes an empty file in the directory of {@code target}. */
  static NewFile create(TargetName target) throws IOException {
    Directory.Entry place = target.find();
    Directory directory = place.directory();
    Path folder = folder(target.path());
    try {
      byte[] name = place.name();
      Optional<Descriptor> unnamed = directory.createUnnamed();
      if (unnamed.isPresent()) {
        return new NewFile(folder, directory, name, unnamed.get(), true);
      }
      byte[] temporary = newName();
      NewFile made = new NewFile(folder, directory, name, directory.create(temporary), true);
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
    Directory.Entry place = target.find();
    return new NewFile(folder(target.path()), place.directory(), place.name(), file, false);
  }

  private static Path folder(Path target) {
    Path absolute = target.toAbsolutePath();
    return absolute.getParent() == null ? absolute : absolute.getParent();
  }

  private static byte[] newName() {
    return TemporaryFile.newName().getBytes(StandardCharsets.US_ASCII);
  }

  /** The directory. */
  Path folder() {
    return folder;
  }

  Descriptor descriptor() {
    return file;
  }

  /**
   * Gives it the target's name.
   *
   * @param replaced the file that the name has to stand for, if any
   * @param isUsed whether the name is probably in use
   */
  void takeTarget(Optional<FileStatus> replaced, boolean isUsed) throws IOException {
    if (isUsed || temporary != null || replaced.isPresent() || !isLinked(target)) {
      replaceTarget(replaced);
    }
  }

  /** The same for a name that is probably in use. */
  void replaceTarget(Optional<FileStatus> replaced) throws IOException {
    for (int attempt = 0; temporary == null; attempt++) {
      byte[] name = newName();
      if (isLinked(name)) {
        temporary = name;
      } else if (attempt == ATTEMPTS) {
        throw new FileAlreadyExistsException(folder.toString());
      }
    }
    if (replaced.isPresent()) {
      requireSame(replaced.get());
    }
    directory.rename(temporary, target);
    temporary = null;
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

  /** Another run of this command may have replaced the file meanwhile. */
  private void requireSame(FileStatus replaced) throws IOException {
    Optional<FileStatus> found = directory.status(target);
    if (found.isEmpty()) {
      throw new NoSuchFileException(folder.toString());
    }
    if (!found.get().isLike(replaced)) {
      throw new FileSystemException(
          folder.toString(), null, "another file with another owner or mode has taken its name");
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
