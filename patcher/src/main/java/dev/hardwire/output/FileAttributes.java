package dev.hardwire.output;

import dev.hardwire.os.Descriptor;
import dev.hardwire.os.FileStatus;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Copies owner, mode and extended attributes, access control lists and file capabilities among
 * them. Both files are open, so no name is looked up again.
 *
 * <p>Statements of the kernel's integrity subsystem about the old contents are not copied: {@code
 * security.ima} and {@code security.evm}.
 */
final class FileAttributes {
  private static final String EVM = "security.evm";
  private static final String IMA = "security.ima";

  /** Set by the kernel, which may reject another value. */
  private static final String LABEL = "security.selinux";

  private static final int SET_USER = 04000;
  private static final int SET_GROUP = 02000;

  private final Descriptor from;
  private final Descriptor to;
  private final boolean isPrivileged;
  private final List<String> lost = new ArrayList<>();

  private FileAttributes(Descriptor from, Descriptor to, boolean isPrivileged) {
    this.from = from;
    this.to = to;
    this.isPrivileged = isPrivileged;
  }

  /**
   * Copies the attributes of one file to another, whose contents are complete: the kernel drops
   * capabilities when a file is written to.
   *
   * @return what this user may not set, if anything
   * @throws FileSystemException if root may not set something, or the file system cannot store it
   */
  static Optional<String> copy(Descriptor from, Descriptor to) throws FileSystemException {
    FileStatus made = to.status();
    FileAttributes copy = new FileAttributes(from, to, made.user() == 0);
    copy.run(from.status(), made);
    return copy.lost.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", copy.lost));
  }

  /** Of the file that a name stands for now, if there is one, all of them at one time. */
  static Optional<BasicFileAttributes> existing(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty(); // much faster than an exception
    }
    try {
      return Optional.of(Files.readAttributes(file, BasicFileAttributes.class));
    } catch (IOException e) {
      return Optional.empty(); // writing there reports the error
    }
  }

  /** The owner first: changing it clears the setuid bit and capabilities. */
  private void run(FileStatus wanted, FileStatus made) throws FileSystemException {
    FileStatus owned = made;
    if (wanted.user() != made.user() || wanted.group() != made.group()) {
      copyOwner(wanted);
      owned = to.status();
    }
    copyExtended();
    copyMode(wanted, owned);
  }

  private void copyOwner(FileStatus wanted) throws FileSystemException {
    try {
      to.changeOwner(wanted.user(), wanted.group());
    } catch (FileSystemException e) {
      lose(e, "owner " + wanted.user() + ":" + wanted.group());
      changeGroup(wanted.group());
    }
  }

  /** A user may give files to groups that the user is in. */
  private void changeGroup(int group) throws FileSystemException {
    try {
      to.changeOwner(-1, group);
    } catch (FileSystemException e) {
      lose(e, null);
    }
  }

  private void copyMode(FileStatus wanted, FileStatus owned) throws FileSystemException {
    int mode = wanted.permissions();
    if (wanted.user() != owned.user() && (mode & SET_USER) != 0) {
      lost.add("the setuid bit");
      mode &= ~SET_USER;
    }
    if (wanted.group() != owned.group() && (mode & SET_GROUP) != 0) {
      lost.add("the setgid bit");
      mode &= ~SET_GROUP;
    }
    to.changeMode(mode);
    int done = to.status().permissions();
    if (done != mode) {
      throw new FileSystemException(
          to.toString(), null, "the mode becomes %o instead of %o".formatted(done, mode));
    }
  }

  private void copyExtended() throws FileSystemException {
    List<String> wanted = from.attributes();
    List<String> made = to.attributes();
    for (String name : made) {
      if (!wanted.contains(name) && !isKernels(name) && !name.equals(LABEL)) {
        to.removeAttribute(name); // inherited from the directory
      }
    }
    for (String name : wanted) {
      if (!isKernels(name)) {
        copyExtended(name, made.contains(name));
      }
    }
  }

  private static boolean isKernels(String name) {
    return name.equals(IMA) || name.equals(EVM);
  }

  private void copyExtended(String name, boolean isThere) throws FileSystemException {
    Optional<byte[]> value = from.attribute(name);
    if (value.isEmpty() || (isThere && isSame(name, value.get()))) {
      return;
    }
    try {
      to.setAttribute(name, value.get());
    } catch (FileSystemException e) {
      if (name.startsWith("security.") || name.startsWith("trusted.")) {
        lose(e, name);
      } else {
        throw new FileSystemException(
            to.toString(), null, "the attribute " + name + " cannot be kept: " + e.getReason());
      }
    }
  }

  private boolean isSame(String name, byte[] value) throws FileSystemException {
    Optional<byte[]> found = to.attribute(name);
    return found.isPresent() && Arrays.equals(found.get(), value);
  }

  /**
   * Records what is lost because this user may not keep it.
   *
   * @param what null if it is noted already
   * @throws FileSystemException if this user is root, or the error is another one
   */
  private void lose(FileSystemException error, String what) throws FileSystemException {
    boolean denied =
        error instanceof AccessDeniedException
            || "Operation not permitted".equals(error.getReason());
    if (isPrivileged || !denied) {
      String reason = denied ? "Operation not permitted" : error.getReason();
      throw new FileSystemException(
          to.toString(), null, (what == null ? "group" : what) + " cannot be kept: " + reason);
    }
    if (what != null) {
      lost.add(what);
    }
  }
}
