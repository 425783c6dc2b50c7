package dev.hardwire.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Looks a path up one directory after another, and follows symbolic links of root and of this user
 * only: another user who owns a directory on the way cannot lead this one out of it.
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
    int user = Descriptor.status(Descriptor.AT_FDCWD, bytes("/proc/self/"), "/proc/self").user();
    SafePath search = new SafePath(path, user);
    search.push(Scratch.bytes(path.toAbsolutePath()));
    search.restart();
    try {
      return search.find();
    } catch (IOException e) {
      search.at.close();
      throw e;
    }
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
        follow(name, found);
      } else if (rest.isEmpty()) {
        return new Directory.Entry(new Directory(at, path.toString()), name);
      } else {
        move(open(at.number(), name));
      }
    }
    throw new FileSystemException(path.toString(), null, "not a regular file");
  }

  private void follow(byte[] name, FileStatus link) throws IOException {
    if (link.user() != 0 && link.user() != user) {
      throw new FileSystemException(
          path.toString(), null, "its path leads through a symbolic link of another user");
    }
    if (++links > MOST_LINKS) {
      throw ErrorNumber.exception(-ErrorNumber.ELOOP, path.toString());
    }
    Scratch scratch = Scratch.get();
    long text = scratch.name(name);
    long length =
        Kernel.call(SystemCall.READLINKAT, at.number(), text, scratch.data(), Scratch.DATA, 0);
    byte[] target = scratch.copy((int) ErrorNumber.check(length, path.toString()));
    push(target);
    if (target.length > 0 && target[0] == '/') {
      restart();
    }
  }
}
