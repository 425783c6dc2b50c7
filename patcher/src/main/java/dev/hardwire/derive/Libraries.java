package dev.hardwire.derive;

import dev.hardwire.input.InputFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where the dynamic linker finds libraries: ld.so(8) of glibc and of musl, without the variables of
 * the environment.
 */
public final class Libraries {
  private static final int DEEPEST = 8;

  private final List<Path> folders;
  private final SystemRoot root;

  /**
   * The folders of a system.
   *
   * @param root its file system, in which all paths are
   * @param musl whether programs use musl's dynamic linker
   */
  public Libraries(SystemRoot root, boolean musl) {
    this.root = root;
    Set<Path> found = new LinkedHashSet<>();
    if (musl) {
      musl(found);
    } else {
      configured(Path.of("/etc/ld.so.conf"), found, 0);
      for (String folder :
          List.of(
              "/lib/x86_64-linux-gnu",
              "/usr/lib/x86_64-linux-gnu",
              "/lib64",
              "/usr/lib64",
              "/lib",
              "/usr/lib")) {
        found.add(Path.of(folder));
      }
    }
    this.folders = List.copyOf(found);
  }

  private void musl(Set<Path> found) {
    List<String> lines = lines(Path.of("/etc/ld-musl-x86_64.path"));
    for (String line : lines) {
      for (String folder : line.split(":", -1)) {
        if (folder.startsWith("/")) {
          found.add(Path.of(folder));
        }
      }
    }
    if (lines.isEmpty()) {
      for (String folder :
          List.of(
              "/lib",
              "/usr/local/lib",
              "/usr/lib",
              "/lib/x86_64-linux-musl",
              "/usr/lib/x86_64-linux-musl")) {
        found.add(Path.of(folder));
      }
    }
  }

  private List<String> lines(Path file) {
    try {
      Optional<Path> real = root.file(file);
      return real.isPresent()
          ? new String(InputFile.read(real.get()).toArray(), StandardCharsets.UTF_8)
              .lines()
              .toList()
          : List.of();
    } catch (IOException e) {
      requireAbsent(e);
      return List.of(); // as the dynamic linker does with a file that it cannot read
    }
  }

  /** Fails unless a file is not there, or may not be read, for the program as well. */
  private static void requireAbsent(IOException failure) {
    if (!(failure instanceof NoSuchFileException
        || failure instanceof AccessDeniedException
        || failure instanceof NotDirectoryException)) {
      throw new UncheckedIOException(failure);
    }
  }

  private void configured(Path file, Set<Path> found, int depth) {
    for (String raw : lines(file)) {
      String line = raw.replaceAll("#.*", "").strip();
      if (line.startsWith("include ") && depth < DEEPEST) {
        String pattern = line.substring("include ".length()).strip();
        Path glob = pattern.startsWith("/") ? Path.of(pattern) : file.resolveSibling(pattern);
        for (Path included : sorted(glob)) {
          configured(included, found, depth + 1);
        }
      } else if (line.startsWith("/")) {
        found.add(Path.of(line));
      }
    }
  }

  private List<Path> sorted(Path glob) {
    List<Path> files = new ArrayList<>();
    Path folder = glob.getParent();
    if (folder == null) {
      return files;
    }
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(root.real(folder), glob.getFileName().toString())) {
      found.forEach(file -> files.add(folder.resolve(file.getFileName())));
    } catch (IOException e) {
      requireAbsent(e);
      return List.of();
    }
    files.sort(null);
    return files;
  }

  /**
   * Finds a library.
   *
   * @param name as DT_NEEDED has it
   * @param origin the folder of the file that needs it
   * @param paths DT_RUNPATH or DT_RPATH of that file
   */
  public Optional<Path> find(String name, Path origin, List<String> paths) {
    if (name.contains("/")) {
      Path file = Path.of(expanded(name, origin));
      return Optional.of(file).filter(path -> root.file(path).isPresent());
    }
    List<Path> all = new ArrayList<>();
    for (String path : paths) {
      for (String folder : path.split(":", -1)) {
        if (!folder.isEmpty()) {
          all.add(Path.of(expanded(folder, origin)));
        }
      }
    }
    all.addAll(folders);
    for (Path folder : all) {
      Path file = folder.resolve(name);
      if (root.file(file).filter(Libraries::isX86).isPresent()) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  private static String expanded(String text, Path origin) {
    return text.replace("${ORIGIN}", origin.toString()).replace("$ORIGIN", origin.toString());
  }

  /** The dynamic linker passes over libraries of other machines. */
  private static boolean isX86(Path file) {
    try {
      byte[] start = InputFile.start(file, 20);
      return start.length == 20 && start[4] == 2 && start[18] == 62;
    } catch (IOException e) {
      requireAbsent(e);
      return false;
    }
  }

  /**
   * The same library for processors that can do more: glibc loads one of them instead, where the
   * processor can.
   */
  List<Path> forProcessors(Path library) {
    List<Path> found = new ArrayList<>();
    for (Path folder : sorted(library.resolveSibling("glibc-hwcaps").resolve("*"))) {
      Path file = folder.resolve(library.getFileName());
      if (root.file(file).isPresent()) {
        found.add(file);
      }
    }
    return found;
  }
}
