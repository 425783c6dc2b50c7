package dev.hardwire.policy.text;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The files that a policy is made of.
 *
 * <p>Invariants: every file lies in the folder of the first one, in a folder that the user named
 * for included files, or below one of these, symbolic links resolved; no file includes itself,
 * however many files are in between; at most {@link #LIMIT} are read, {@link #DEPTH} inside one
 * another, and of all together as many bytes as one file may have.
 */
public final class PolicyFiles {
  private static final int LIMIT = 100;
  private static final int DEPTH = 16;

  private final Path root;

  /** Where included files are looked for after the folder of the including file. */
  private final List<SearchFolder> folders = new ArrayList<>();

  private final List<Path> open = new ArrayList<>();
  private int read;

  /** Bytes of all included files. */
  private long size;

  /**
   * A folder with policies.
   *
   * @param given as the user names it
   * @param real without symbolic links
   * @param absolute whether absolute names are looked for in it
   */
  private record SearchFolder(Path given, Path real, boolean absolute) {}

  private PolicyFiles(Path root) {
    this.root = root;
  }

  /** Only the first file: nothing can be included. */
  public static PolicyFiles none() {
    return new PolicyFiles(null);
  }

  /**
   * Files beside {@code first}, and below the folders of a search path.
   *
   * @param roots in which relative and absolute names are looked for
   */
  public static PolicyFiles beside(Path first, List<Path> roots) throws IOException {
    Path real = first.toRealPath();
    PolicyFiles files = new PolicyFiles(real.getParent());
    files.open.add(real);
    for (Path folder : roots) {
      files.folders.add(new SearchFolder(folder, folder.toRealPath(), true));
    }
    return files;
  }

  /** Adds the working directory to the end of the search path. */
  public void searchWorkingDirectory() throws IOException {
    Path here = Path.of("");
    folders.add(new SearchFolder(here, here.toRealPath(), false));
  }

  /** The file that is being read; empty if it is none. */
  public Optional<Path> current() {
    return open.isEmpty() ? Optional.empty() : Optional.of(open.get(open.size() - 1));
  }

  /** Goes back into a file that was read before, until {@link #leave}. */
  public void enter(Optional<Path> file) {
    if (file.isPresent()) {
      open.add(file.get());
    }
  }

  /** Ends what {@link #enter} began. */
  public void leave(Optional<Path> file) {
    if (file.isPresent()) {
      open.remove(open.size() - 1);
    }
  }

  /**
   * Reads an included file.
   *
   * @param name as the including file, the one being read now, gives it: relative to that file
   * @param position of the name
   */
  public <T> T include(String name, Position position, Function<SourceText, T> reader) {
    if (root == null) {
      throw new PolicyException(position, "includes work in policy files only");
    }
    Path path = resolve(name, position);
    if (open.contains(path)) {
      throw new PolicyException(position, "\"" + name + "\" includes itself");
    }
    if (open.size() > DEPTH) {
      throw new PolicyException(position, "includes nested more than " + DEPTH + " deep");
    }
    if (++read > LIMIT) {
      throw new PolicyException(position, "more than " + LIMIT + " includes");
    }
    open.add(path);
    try {
      String source = source(path);
      byte[] content = bytes(path);
      size += content.length;
      if (size > SourceText.LIMIT) {
        throw new PolicyException(
            position, "the included files have more than " + SourceText.LIMIT + " bytes together");
      }
      return reader.apply(SourceText.decode(content, source));
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
  public static Path only(List<Path> files) {
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
    BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
    if (!found.isRegularFile()) {
      throw new FileSystemException(file.toString(), null, "not a regular file");
    }
    int size = (int) Math.min(found.size(), SourceText.LIMIT + 1L);
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(size); // files in proc(5) have no size, and some are endless
      if (content.length != size
          || Files.readAttributes(file, BasicFileAttributes.class).size() != found.size()) {
        throw new FileSystemException(file.toString(), null, "the file changed while it was read");
      }
      return content;
    }
  }

  /** The name of a file in messages: relative to the first one, or below a folder as given. */
  private String source(Path path) {
    if (path.startsWith(root)) {
      return root.relativize(path).toString();
    }
    for (SearchFolder folder : folders) {
      if (path.startsWith(folder.real())) {
        return folder.given().resolve(folder.real().relativize(path)).toString();
      }
    }
    return path.toString();
  }

  private Path resolve(String name, Position position) {
    try {
      Path given = Path.of(name);
      if (given.isAbsolute() && folders.stream().noneMatch(SearchFolder::absolute)) {
        throw new PolicyException(
            position, "\"" + name + "\" is absolute; give a relative path, or --include-root DIR");
      }
      Optional<Path> found = find(given);
      if (found.isEmpty()) {
        throw new PolicyException(position, "cannot find \"" + name + "\"; check the name");
      }
      Path path = found.get().toRealPath();
      boolean within =
          path.startsWith(root) || folders.stream().anyMatch(f -> path.startsWith(f.real()));
      if (!within) {
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

  /** Whether there is a file of a name that can be included. */
  public boolean exists(String name) {
    try {
      return root != null && find(Path.of(name)).isPresent();
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private Optional<Path> find(Path name) {
    Path beside = open.get(open.size() - 1).resolveSibling(name);
    if (!name.isAbsolute() && Files.exists(beside)) {
      return Optional.of(beside);
    }
    for (SearchFolder folder : folders) {
      if (!name.isAbsolute() || folder.absolute()) {
        Optional<Path> inside = below(folder.real(), name);
        if (inside.isPresent()) {
          return inside;
        }
      }
    }
    return Optional.empty();
  }

  /**
   * A file below a folder. An absolute name is that of a system on which the policy is installed;
   * the folder may be the root of such a system, or any folder on the way to the file.
   */
  private static Optional<Path> below(Path folder, Path name) {
    int first = 0;
    do {
      Path inside = folder.resolve(name.subpath(first, name.getNameCount()));
      if (Files.exists(inside)) {
        return Optional.of(inside);
      }
      first++;
    } while (name.isAbsolute() && first < name.getNameCount());
    return Optional.empty();
  }
}
