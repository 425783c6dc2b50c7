package dev.hardwire.derive;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * The file system that a program belongs to: that of this machine, or one below a directory, as
 * chroot(2) would make it. Paths in it are absolute; its links are followed inside it.
 */
public final class SystemRoot {
  /** That of this machine. */
  public static final SystemRoot HOST = new SystemRoot(Path.of("/"));

  private static final int MOST_LINKS = 40;

  private final Path directory;

  private SystemRoot(Path directory) {
    this.directory = directory;
  }

  /**
   * The file system below a directory.
   *
   * @throws IOException if there is no such directory
   */
  public static SystemRoot of(Path directory) throws IOException {
    Path real = directory.toRealPath();
    if (!Files.isDirectory(real)) {
      throw new FileSystemException(directory.toString(), null, "is no directory");
    }
    return new SystemRoot(real);
  }

  /**
   * The file system that a user names.
   *
   * @param directory null for that of this machine
   * @throws IOException if there is no such directory
   */
  public static SystemRoot named(Path directory) throws IOException {
    return directory == null ? HOST : of(directory);
  }

  public boolean isHost() {
    return directory.getNameCount() == 0;
  }

  /**
   * A path that a user gave, as one in this file system: absolute paths are that already, unless
   * they name the directory, too; relative ones start in the working directory.
   */
  public Path inside(Path given) {
    if (isHost()) {
      return given;
    }
    Path absolute = given.toAbsolutePath().normalize();
    if (absolute.startsWith(directory)) {
      return Path.of("/").resolve(directory.relativize(absolute));
    }
    return absolute;
  }

  /**
   * Where a file is on this machine.
   *
   * @param path in this file system
   * @return without links
   * @throws IOException if there is none, or it cannot be reached
   */
  public Path real(Path path) throws IOException {
    if (isHost()) {
      return path.toRealPath();
    }
    Deque<Path> left = new ArrayDeque<>();
    push(left, path);
    Path found = directory;
    int links = 0;
    while (!left.isEmpty()) {
      Path name = left.pop();
      if (name.toString().equals("..")) {
        found = found.equals(directory) ? directory : found.getParent();
        continue;
      }
      Path next = found.resolve(name);
      if (!Files.isSymbolicLink(next)) {
        found = next;
        continue;
      }
      if (++links > MOST_LINKS) {
        throw new FileSystemLoopException(path.toString());
      }
      Path target = Files.readSymbolicLink(next);
      push(left, target);
      if (target.isAbsolute()) {
        found = directory;
      }
    }
    return found.toRealPath(LinkOption.NOFOLLOW_LINKS);
  }

  private static void push(Deque<Path> left, Path path) {
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      if (!path.getName(i).toString().equals(".")) {
        left.push(path.getName(i));
      }
    }
  }

  /** A file without links, as a path in this file system. */
  Path shown(Path real) {
    return isHost() ? real : Path.of("/").resolve(directory.relativize(real));
  }

  /** Whether there is, or may be, anything at a path in this file system. */
  public boolean has(Path path) {
    try {
      return Files.exists(real(path), LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException missing) {
      return false;
    } catch (IOException unknown) {
      return true;
    }
  }

  /** Where a regular file is; empty if there is none at a path in this file system. */
  public Optional<Path> file(Path path) {
    try {
      return Optional.of(real(path)).filter(Files::isRegularFile);
    } catch (IOException missing) {
      return Optional.empty();
    }
  }

  /**
   * The directory above a program that looks like the root of another system: libraries of this one
   * would be taken for its own.
   *
   * @param program on this machine; there may be none
   */
  public static Optional<Path> above(Path program) {
    Path real;
    try {
      real = program.toRealPath();
    } catch (IOException e) {
      return Optional.empty(); // whoever reads it says so
    }
    for (Path at = real.getParent(); at != null; at = at.getParent()) {
      if (at.getNameCount() > 0
          && Files.exists(at.resolve("etc/os-release"), LinkOption.NOFOLLOW_LINKS)
          && Files.isDirectory(at.resolve("usr/lib"), LinkOption.NOFOLLOW_LINKS)) {
        return Optional.of(at);
      }
    }
    return Optional.empty();
  }
}
