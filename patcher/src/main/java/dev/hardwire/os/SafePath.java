package dev.hardwire.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Looks a path up one directory after another. Of symbolic links it follows only those that root or
 * this user owns, in directories that root or this user owns: another user who owns a directory on
 * the way cannot lead this one out of it.
 */
final class SafePath {
  private static final int MOST_LINKS = 40;

  private final Path path;
  private final int user;
  private final Deque<byte[]> rest = new ArrayDeque<>();
  private Descriptor at;
  private int links;

  private SafePath(Path path, int user) {
    this.path = path;
    this.user = user;
  }

  /** The directory of a file and its name there, which is no symbolic link. */
  static Directory.Entry find(Path path) throws IOException {
    SafePath search = start(path);
    try {
      return search.find();
    } catch (IOException e) {
      search.at.close();
      throw e;
    }
  }

  /**
   * A directory.
   *
   * @param isMade whether directories that do not exist are made
   */
  static Descriptor directory(Path path, boolean isMade) throws IOException {
    SafePath search = start(path);
    try {
      search.enter(isMade);
      return search.at;
    } catch (IOException e) {
      search.at.close();
      throw e;
    }
  }

  private static SafePath start(Path path) throws IOException {
    int user = Descriptor.status(Descriptor.AT_FDCWD, bytes("/proc/self/"), "/proc/self").user();
    SafePath search = new SafePath(path, user);
    search.push(Scratch.bytes(path.toAbsolutePath()));
    search.restart();
    return search;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private void restart() throws IOException {
    move(open(Descriptor.AT_FDCWD, bytes("/")));
  }

  private Descriptor open(int directory, byte[] name) throws FileSystemException {
    HostAbi host = Kernel.host();
    int flags = Descriptor.O_PATH | host.openDirectory() | host.openNoFollow();
    return Descriptor.open(directory, name, flags, 0, path.toString());
  }

  private void move(Descriptor next) throws IOException {
    if (at != null) {
      at.close();
    }
    at = next;
  }

  /** Puts the parts of a path before what is left. */
  private void push(byte[] text) {
    int end = text.length;
    for (int i = end - 1; i >= -1; i--) {
      if (i < 0 || text[i] == '/') {
        if (i + 1 < end) {
          rest.push(Arrays.copyOfRange(text, i + 1, end));
        }
        end = i;
      }
    }
  }

  private Directory.Entry find() throws IOException {
    while (!rest.isEmpty()) {
      byte[] name = rest.pop();
      FileStatus found = Descriptor.status(at.number(), name, path.toString());
      if (found.isLink()) {
        follow(name);
      } else if (rest.isEmpty()) {
        return new Directory.Entry(new Directory(at, path.toString()), name);
      } else {
        move(open(at.number(), name));
      }
    }
    throw new FileSystemException(path.toString(), null, "not a regular file");
  }

  private void enter(boolean isMade) throws IOException {
    while (!rest.isEmpty()) {
      byte[] name = rest.pop();
      if (isMade && new Directory(at, path.toString()).status(name).isEmpty()) {
        Directory.make(at.number(), name, path.toString());
      }
      if (Descriptor.status(at.number(), name, path.toString()).isLink()) {
        follow(name);
      } else {
        move(open(at.number(), name));
      }
    }
  }

  /** The link is opened, so that its owner is that of the link whose target is read. */
  private void follow(byte[] name) throws IOException {
    int flags = Descriptor.O_PATH | Kernel.host().openNoFollow();
    try (Descriptor link = Descriptor.open(at.number(), name, flags, 0, path.toString())) {
      byte[] target = link.linkTarget();
      if (!isTrusted(link.status()) || !isTrusted(at.status())) {
        throw refused("a symbolic link of another user", name, target, "");
      }
      if (link.fileSystem().isProc()) { // some lead to what is not at the path that they show
        throw refused("a link in a proc file system", name, target, "; name that file");
      }
      if (++links > MOST_LINKS) {
        throw HostError.exception(-HostError.ELOOP, path.toString());
      }
      push(target);
      if (target.length > 0 && target[0] == '/') {
        restart();
      }
    }
  }

  private FileSystemException refused(String what, byte[] name, byte[] target, String advice) {
    return new FileSystemException(
        path.toString(),
        null,
        "its path leads through %s, '%s' -> '%s'%s"
            .formatted(what, text(name), text(target), advice));
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.UTF_8);
  }

  private boolean isTrusted(FileStatus file) {
    return file.user() == 0 || file.user() == user;
  }
}
