package dev.hardwire.trees;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the regular files in directory trees. Only those parts of a tree are read in which files
 * may match, and none that the kernel makes up ({@code /proc}, {@code /sys}, {@code /dev}).
 *
 * <p>Each file is found once, under its first name: hard links to it are recorded as its other
 * names, and a path that was reached before is ignored. Symbolic links inside a tree are not
 * followed. The order is that of the arguments, and inside a directory that of the names' bytes.
 */
public final class FileTree {
  /**
   * The selection of files in a tree.
   *
   * @param include if not empty, at least one of these must match
   * @param exclude files and directories to ignore; takes precedence
   * @param pruned a directory that is ignored wherever it is reached: the output directory
   */
  public record Choice(List<Glob> include, List<Glob> exclude, Optional<Path> pruned) {
    public static final Choice ALL = new Choice(List.of(), List.of(), Optional.empty());

    public Choice {
      include = List.copyOf(include);
      exclude = List.copyOf(exclude);
    }

    private boolean takes(Path relative) {
      return (include.isEmpty() || matches(include, relative)) && !leavesOut(relative);
    }

    private boolean leavesOut(Path relative) {
      return matches(exclude, relative);
    }

    private static boolean matches(List<Glob> globs, Path relative) {
      for (Glob glob : globs) {
        if (glob.matches(relative)) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * The result of a search.
   *
   * @param links symbolic links that were not followed
   * @param special devices, pipes and sockets
   */
  public record Listing(List<TreeEntry> entries, int links, int special) {
    public Listing {
      entries = List.copyOf(entries);
    }
  }

  /** A file as it was found, and its identity; null if that cannot be read. */
  private record Visited(TreeEntry entry, Object key) {}

  /** A file by its identity, and its names. */
  private record Found(TreeEntry first, List<TreeEntry> others) {
    TreeEntry entry() {
      return others.isEmpty()
          ? first
          : new TreeEntry(
              first.file(), first.relative(), first.named(), others, first.unreadable());
    }
  }

  /** Types of file systems that are not to be read as trees of programs. */
  private static final Set<String> KERNEL_TYPES = Set.of("proc", "sysfs", "devtmpfs");

  private final Choice choice;

  /** The identities of directories that are not entered. */
  private final Set<Object> pruned = new HashSet<>();

  private final List<Found> found = new ArrayList<>();
  private final Map<Object, Found> byKey = new HashMap<>();

  /** The identities of the paths that were reached; null if each path is reached only once. */
  private final Set<Path> reached;

  private int links;
  private int special;

  private FileTree(Choice choice, boolean once) {
    this.choice = choice;
    this.reached = once ? null : new HashSet<>();
  }

  /**
   * Finds the files.
   *
   * @param arguments files, which are always included, and directories
   */
  public static Listing list(List<Path> arguments, Choice choice) throws IOException {
    FileTree tree = new FileTree(choice, arguments.size() == 1);
    for (Path argument : arguments) {
      if (Files.isDirectory(argument)) {
        tree.walk(argument);
      } else if (Files.isRegularFile(argument)) {
        tree.add(TreeEntry.named(argument), attributes(argument).fileKey());
      } else {
        tree.found.add(new Found(TreeEntry.named(argument), List.of()));
      }
    }
    return new Listing(tree.found.stream().map(Found::entry).toList(), tree.links, tree.special);
  }

  private static BasicFileAttributes attributes(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class);
  }

  private void walk(Path root) throws IOException {
    if (pruned.isEmpty()) {
      addKernelDirectories();
      if (choice.pruned().isPresent() && Files.isDirectory(choice.pruned().get())) {
        pruned.add(attributes(choice.pruned().get()).fileKey());
      }
    }
    List<Visited> entries = new ArrayList<>();
    // a link named as an argument is followed, since its target is a directory
    Path start = Files.isSymbolicLink(root) ? root.resolve(".") : root;
    Visitor visitor = new Visitor(root, start, entries);
    for (Path part : parts()) {
      visitor.visit(part);
    }
    entries.sort((one, other) -> one.entry().relative().compareTo(other.entry().relative()));
    for (Visited visited : entries) {
      add(visited.entry(), visited.key());
    }
  }

  /** Where files may match: directories, and paths of single files; none is below another one. */
  private Set<Path> parts() {
    Set<Path> files = new TreeSet<>();
    Set<Path> directories = new TreeSet<>();
    for (Glob glob : choice.include()) {
      if (glob.start().startsWith("..") || !glob.start().equals(glob.start().normalize())) {
        continue; // it matches nothing, as no path in the tree has "." or ".."
      }
      (glob.isPath() ? files : directories).add(glob.start());
    }
    if (choice.include().isEmpty()) {
      directories.add(Path.of(""));
    }
    Set<Path> parts = new TreeSet<>();
    for (Path directory : directories) {
      if (!isBelow(directory, parts)) { // the order is that of the names, parents first
        parts.add(directory);
      }
    }
    Set<Path> walked = Set.copyOf(parts);
    for (Path file : files) {
      if (!isBelow(file, walked)) {
        parts.add(file);
      }
    }
    return parts;
  }

  private static boolean isBelow(Path path, Set<Path> directories) {
    for (Path directory : directories) {
      if (directory.toString().isEmpty() || path.startsWith(directory)) {
        return true;
      }
    }
    return false;
  }

  /** The directories in which the kernel shows its state as files. */
  private void addKernelDirectories() throws IOException {
    List<String> paths = new ArrayList<>(List.of("/proc", "/sys", "/dev"));
    Path mounts = Path.of("/proc/self/mounts"); // proc_pid_mounts(5)
    if (Files.isReadable(mounts)) {
      for (String line : Files.readString(mounts, StandardCharsets.ISO_8859_1).split("\n", -1)) {
        String[] fields = line.split(" ", -1);
        if (fields.length > 2 && KERNEL_TYPES.contains(fields[2])) {
          paths.add(fields[1]);
        }
      }
    }
    for (String path : paths) {
      Path directory = Path.of(path);
      if (Files.isDirectory(directory)) {
        pruned.add(attributes(directory).fileKey());
      }
    }
  }

  private void add(TreeEntry entry, Object key) {
    if (key == null) {
      found.add(new Found(entry, List.of()));
      return;
    }
    if (reached != null && !reached.add(entry.file().toAbsolutePath().normalize())) {
      return;
    }
    Found one = new Found(entry, new ArrayList<>());
    Found earlier = byKey.putIfAbsent(key, one);
    if (earlier == null) {
      found.add(one);
    } else if (!Files.isSymbolicLink(entry.file())) {
      earlier.others().add(entry);
    }
  }

  /** Collects the files of one tree in any order. */
  private final class Visitor extends SimpleFileVisitor<Path> {
    private final Path root;
    private final Path start;
    private final boolean fromRoot;
    private final int depth;
    private final List<Visited> entries;

    Visitor(Path root, Path start, List<Visited> entries) {
      this.root = root;
      this.start = start;
      this.fromRoot = start.equals(root);
      this.depth = start.toString().isEmpty() ? 0 : start.getNameCount();
      this.entries = entries;
    }

    /** Visits a directory or a file that is reached through directories only. */
    void visit(Path part) throws IOException {
      Path path = start;
      BasicFileAttributes attributes = read(path);
      if (!part.toString().isEmpty()) {
        for (Path name : part) {
          if (attributes == null
              || !attributes.isDirectory()
              || preVisitDirectory(path, attributes) != FileVisitResult.CONTINUE) {
            return;
          }
          path = path.resolve(name);
          attributes = read(path);
        }
      }
      if (attributes != null && attributes.isDirectory()) {
        Files.walkFileTree(path, this);
      } else if (attributes != null) {
        visitFile(path, attributes);
      }
    }

    /** The attributes; null if they cannot be read, which is then remembered. */
    private BasicFileAttributes read(Path path) {
      try {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      } catch (IOException e) {
        visitFileFailed(path, e);
        return null;
      }
    }

    /** The same as {@link Path#relativize} for a path below the start, but faster. */
    private Path relative(Path path) {
      int names = path.getNameCount();
      return names > depth ? path.subpath(depth, names) : start.relativize(path);
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
      boolean left =
          !directory.equals(start)
              && (pruned.contains(attributes.fileKey()) || choice.leavesOut(relative(directory)));
      return left ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      Path relative = relative(file);
      if (!choice.takes(relative) || isTemporary(relative)) {
        return FileVisitResult.CONTINUE;
      }
      if (attributes.isRegularFile()) {
        put(file, relative, Optional.empty(), attributes.fileKey());
      } else if (attributes.isSymbolicLink()) {
        links++;
      } else {
        special++;
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
      if (!(failure instanceof NoSuchFileException)) { // which another process has just removed
        put(file, relative(file), Optional.of(failure), null);
      }
      return FileVisitResult.CONTINUE;
    }

    private void put(Path path, Path relative, Optional<IOException> failure, Object key) {
      Path file = path;
      if (!fromRoot) {
        file = relative.toString().isEmpty() ? root : root.resolve(relative);
      }
      entries.add(new Visited(new TreeEntry(file, relative, false, List.of(), failure), key));
    }
  }

  /** Whether a file is the temporary file of another process. */
  private static boolean isTemporary(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith(".hardwire-") && name.endsWith(".tmp");
  }
}
