package dev.hardwire.os;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * Tells whether nobody but root and this user can change what a folder stands for, or what is in
 * it. Every folder and symbolic link on its path has to belong to one of the two, and others must
 * not be able to write to a folder, unless the sticky bit keeps them from renaming what is not
 * theirs.
 *
 * <p>It makes no system calls of its own, since the native library is copied to such a folder.
 */
public final class TrustedFolder {
  private static final int TYPE = 0170000;
  private static final int DIRECTORY = 0040000;
  private static final int LINK = 0120000;
  private static final int STICKY = 01000;
  private static final int WRITABLE_BY_OTHERS = 022;
  private static final int MOST_LINKS = 40;

  private final Path folder;
  private final Object user;
  private final Deque<Path> rest = new ArrayDeque<>();
  private Path at;

  private TrustedFolder(Path folder, Object user) {
    this.folder = folder;
    this.user = user;
  }

  /**
   * Checks a folder.
   *
   * @return its path without symbolic links, which stays the same folder
   * @throws FileSystemException if other users can change it, or files there
   */
  public static Path require(Path folder) throws IOException {
    Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    TrustedFolder search = new TrustedFolder(folder, user);
    search.push(folder.toAbsolutePath());
    search.find();
    return search.at;
  }

  /** Puts the parts of a path before what is left. */
  private void push(Path path) {
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      rest.push(path.getName(i));
    }
    if (path.isAbsolute()) {
      at = path.getRoot();
    }
  }

  private void find() throws IOException {
    int links = 0;
    requireFolder(at);
    while (!rest.isEmpty()) {
      Path name = rest.pop();
      if (name.toString().equals("..")) {
        at = at.getParent() == null ? at : at.getParent();
        continue;
      }
      Path next = at.resolve(name).normalize();
      Map<String, Object> found = state(next);
      if (((Integer) found.get("mode") & TYPE) == LINK) {
        Path target = Files.readSymbolicLink(next);
        if (!isOurs(found) || ++links > MOST_LINKS) {
          throw refused(next);
        }
        push(target);
        requireFolder(at);
      } else {
        requireFolder(next);
        at = next;
      }
    }
  }

  private static Map<String, Object> state(Path file) throws IOException {
    return Files.readAttributes(file, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
  }

  private boolean isOurs(Map<String, Object> found) {
    return found.get("uid").equals(0) || found.get("uid").equals(user);
  }

  private void requireFolder(Path one) throws IOException {
    Map<String, Object> found = state(one);
    int mode = (Integer) found.get("mode");
    boolean isKept = (mode & WRITABLE_BY_OTHERS) == 0 || (mode & STICKY) != 0;
    if (!isOurs(found) || !isKept || (mode & TYPE) != DIRECTORY) {
      throw refused(one);
    }
  }

  private FileSystemException refused(Path because) {
    String reason = because.equals(folder) ? "" : ", because of " + because;
    return new FileSystemException(
        folder.toString(), null, "other users can exchange files in this folder" + reason);
  }
}
