package dev.hardwire.policy.format;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that a policy is made of.
 *
 * <p>Invariants: every file lies in the folder of the first one or below it, symbolic links
 * resolved; no file includes itself, however many files are in between; at most {@link #LIMIT} are
 * read.
 */
public final class PolicyFiles {
  private static final int LIMIT = 100;

  private final Path root;
  private final List<Path> open = new ArrayList<>();
  private int read;

  private PolicyFiles(Path root) {
    this.root = root;
  }

  /** Only the first file: nothing can be included. */
  static PolicyFiles none() {
    return new PolicyFiles(null);
  }

  /** Files beside {@code first}. */
  static PolicyFiles beside(Path first) throws IOException {
    Path real = first.toRealPath();
    PolicyFiles files = new PolicyFiles(real.getParent());
    files.open.add(real);
    return files;
  }

  /** What reads an included file. */
  interface Reader<T> {
    T read(SourceText text);
  }

  /**
   * Reads an included file.
   *
   * @param name as the including file, the one being read now, gives it: relative to that file
   * @param position of the name
   */
  <T> T include(String name, Position position, Reader<T> reader) {
    if (root == null) {
      throw new PolicyException(position, "includes work in policy files only");
    }
    Path path = resolve(name, position);
    if (open.contains(path)) {
      throw new PolicyException(position, "\"" + name + "\" includes itself");
    }
    if (++read > LIMIT) {
      throw new PolicyException(position, "more than " + LIMIT + " includes");
    }
    open.add(path);
    try {
      String source = root.relativize(path).toString();
      return reader.read(SourceText.decode(bytes(path), source));
    } catch (IOException e) {
      throw new PolicyException(position, "cannot read \"" + name + "\": " + e.getMessage());
    } finally {
      open.remove(open.size() - 1);
    }
  }

  /**
   * The file of a format that reads one at a time.
   *
   * @throws PolicyException if there are several
   */
  static Path only(List<Path> files) {
    if (files.size() > 1) {
      throw new PolicyException(
          new Position(files.get(1).toString(), 0, 0),
          "only systemd's units are read from several files");
    }
    return files.get(0);
  }

  /**
   * The bytes of a policy file; of one that is too large, as many as it takes to tell.
   *
   * @throws IOException if it is not a regular file, or cannot be read
   */
  public static byte[] bytes(Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new FileSystemException(file.toString(), null, "not a regular file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(SourceText.LIMIT + 1);
    }
  }

  private Path resolve(String name, Position position) {
    try {
      Path relative = Path.of(name);
      if (relative.isAbsolute()) {
        throw new PolicyException(position, "\"" + name + "\" is absolute; give a relative path");
      }
      Path path = open.get(open.size() - 1).resolveSibling(relative).toRealPath();
      if (!path.startsWith(root)) {
        throw new PolicyException(
            position, "\"" + name + "\" is outside the folder of the policy; move it there");
      }
      if (!Files.isRegularFile(path)) {
        throw new PolicyException(position, "\"" + name + "\" is not a file");
      }
      return path;
    } catch (InvalidPathException | IOException e) {
      throw new PolicyException(position, "cannot find \"" + name + "\"; check the name");
    }
  }
}
