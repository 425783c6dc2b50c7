package dev.hardwire.report.read;

import dev.hardwire.input.InputFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The Debian packages that files belong to, by the lists of dpkg in the tree that has them: the
 * nearest directory above a file with {@value #LISTS}.
 */
public final class PackageOwners {
  private static final String LISTS = "var/lib/dpkg/info";
  private static final String SUFFIX = ".list";
  private static final long LONGEST = 64 << 20;
  private static final int HASHES = 1 << 16;

  /** By file. */
  private final Map<Path, String> owners = new ConcurrentHashMap<>();

  private PackageOwners() {}

  /**
   * Looks up files.
   *
   * @throws IOException if there is a list that cannot be read
   */
  public static PackageOwners of(Collection<Path> files) throws IOException {
    PackageOwners found = new PackageOwners();
    Map<Path, Optional<Path>> roots = new HashMap<>();
    Map<Path, Map<String, List<Path>>> wanted = new HashMap<>();
    for (Path file : files) {
      Path whole = file.toAbsolutePath().normalize();
      Optional<Path> root = root(whole.getParent(), roots);
      if (root.isPresent()) {
        Map<String, List<Path>> names = wanted.computeIfAbsent(root.get(), key -> new HashMap<>());
        for (String name : names("/" + root.get().relativize(whole))) {
          names.computeIfAbsent(name, key -> new ArrayList<>()).add(file);
        }
      }
    }
    for (Map.Entry<Path, Map<String, List<Path>>> tree : wanted.entrySet()) {
      found.read(tree.getKey().resolve(LISTS), tree.getValue());
    }
    return found;
  }

  /** The package of a file, as dpkg names it. */
  public Optional<String> of(Path file) {
    return Optional.ofNullable(owners.get(file));
  }

  private static Optional<Path> root(Path directory, Map<Path, Optional<Path>> known) {
    if (directory == null) {
      return Optional.empty();
    }
    Optional<Path> found = known.get(directory);
    if (found == null) {
      found =
          Files.isDirectory(directory.resolve(LISTS))
              ? Optional.of(directory)
              : root(directory.getParent(), known);
      known.put(directory, found);
    }
    return found;
  }

  /** The names of a file in the lists: directories such as /bin are links to those in /usr. */
  private static List<String> names(String path) {
    String usr = "/usr";
    return path.startsWith(usr + "/") ? List.of(path, path.substring(usr.length())) : List.of(path);
  }

  private void read(Path lists, Map<String, List<Path>> wanted) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(lists, "*" + SUFFIX)) {
      all.forEach(found::add);
      BitSet hashes = new BitSet(HASHES);
      for (String name : wanted.keySet()) {
        byte[] line = name.getBytes(StandardCharsets.UTF_8);
        hashes.set(hash(line, 0, line.length));
      }
      found.parallelStream().forEach(list -> readOne(list, wanted, hashes));
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /**
   * Of several packages with a file, the first by name counts.
   *
   * @param hashes of the files' names: almost all lines are of other files
   */
  private void readOne(Path list, Map<String, List<Path>> wanted, BitSet hashes) {
    byte[] text;
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(list, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!attributes.isRegularFile() || attributes.size() > LONGEST) {
        return; // not dpkg's: a pipe, a device, or a list of more than a million files
      }
      text = InputFile.read(list).toArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String name = list.getFileName().toString();
    String owner = name.substring(0, name.length() - SUFFIX.length());
    int start = 0;
    while (start < text.length) {
      int end = start;
      while (end < text.length && text[end] != '\n') {
        end++;
      }
      if (hashes.get(hash(text, start, end))) {
        String line = new String(text, start, end - start, StandardCharsets.UTF_8);
        for (Path file : wanted.getOrDefault(line, List.of())) {
          owners.merge(file, owner, (a, b) -> a.compareTo(b) <= 0 ? a : b);
        }
      }
      start = end + 1;
    }
  }

  private static int hash(byte[] text, int start, int end) {
    int hash = 0;
    for (int i = start; i < end; i++) {
      hash = 31 * hash + text[i];
    }
    return hash & HASHES - 1;
  }
}
