package dev.hardwire.keep;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A process that runs a file which is not at its path any more.
 *
 * @param program that is kept
 * @param process its ID
 * @param file the program, or one of its libraries
 */
public record FormerProcess(Path program, long process, Path file) {
  private static final Path ROOT = Path.of("/");

  /** What the kernel adds to the name of a file that is not at its path any more. */
  private static final String DELETED = " (deleted)";

  /** A line of proc_pid_maps(5) about code of such a file which is a library. */
  private static final Pattern FORMER_CODE =
      Pattern.compile("\\S+ ..x. \\S+ \\S+ \\S+ +(/.*\\.so(?:\\..*)?) \\(deleted\\)");

  /** Those of kept programs, which are relative to the root. */
  static List<FormerProcess> all(Set<Path> kept) throws IOException {
    List<FormerProcess> found = new ArrayList<>();
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          add(process, kept, found);
        } catch (IOException e) {
          // a thread of the kernel, or it has ended
        }
      }
    }
    return found;
  }

  private static void add(Path process, Set<Path> kept, List<FormerProcess> found)
      throws IOException {
    String name = Files.readSymbolicLink(process.resolve("exe")).toString(); // proc_pid_exe(5)
    boolean isDeleted = name.endsWith(DELETED);
    Path program = Path.of(isDeleted ? name.substring(0, name.length() - DELETED.length()) : name);
    if (!program.startsWith(ROOT) || !kept.contains(ROOT.relativize(program))) {
      return;
    }
    long number = Long.parseLong(process.getFileName().toString());
    if (isDeleted) {
      found.add(new FormerProcess(program, number, program));
    }
    for (Path library : formerLibraries(process.resolve("maps"))) {
      found.add(new FormerProcess(program, number, library));
    }
  }

  private static Set<Path> formerLibraries(Path maps) throws IOException {
    Set<Path> found = new TreeSet<>();
    for (String line : new String(Files.readAllBytes(maps), ISO_8859_1).split("\n", -1)) {
      Matcher mapped = FORMER_CODE.matcher(line);
      if (mapped.matches()) {
        Path file = Path.of(mapped.group(1));
        if (Files.isRegularFile(file)) { // else it was deleted only, as a library that was made
          found.add(file);
        }
      }
    }
    return found;
  }
}
