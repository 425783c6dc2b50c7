package dev.hardwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The check-lists of {@code docs/contributing.md} name files that exist, and all of them. */
class ContributingTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** Names of files: with folders, or with a suffix that files of this project have. */
  private static final Pattern NAMED =
      Pattern.compile("`((?:[\\w.-]+/)+[\\w.-]*|[\\w-]+\\.(?:java|md|sh|txt|ksy|xml|S|h|svg|py))`");

  /** This architecture's names occur nowhere except as names of the architecture. */
  private static final Pattern MARKER = Pattern.compile("(?i)loong(arch)?64");

  private static final Set<String> SKIPPED = Set.of("target", ".git", ".idea", ".cifuzz-corpus");

  private static List<String> files;
  private static List<String> lines;

  @BeforeAll
  static void read() throws IOException {
    lines = Files.readAllLines(ROOT.resolve("docs/contributing.md"));
    files = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return SKIPPED.contains(folder.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            files.add(ROOT.relativize(file).toString());
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static List<String> named(List<String> text) {
    return text.stream()
        .flatMap(line -> NAMED.matcher(line).results())
        .map((MatchResult found) -> found.group(1))
        .toList();
  }

  /** The files of a name; without folders it must be that of one file. */
  private static List<String> resolve(String name) {
    if (name.contains("/")) {
      return Files.exists(ROOT.resolve(name)) ? List.of(name) : List.of();
    }
    List<String> found =
        files.stream().filter(f -> f.equals(name) || f.endsWith("/" + name)).toList();
    return found.contains(name) ? List.of(name) : found;
  }

  private static List<String> perArchitecture(String name) {
    return name.contains("ARCH")
        ? Arrays.stream(Target.values()).map(a -> name.replace("ARCH", a.id())).toList()
        : List.of(name);
  }

  @Test
  void everyNamedFileExistsOnce() {
    List<String> names = named(lines);
    assertThat(names).hasSizeGreaterThan(80);
    for (String name : names) {
      for (String path : perArchitecture(name)) {
        if (!path.startsWith("patcher/target/")) {
          assertThat(resolve(path)).as("docs/contributing.md names %s", path).hasSize(1);
        }
      }
    }
  }

  private static Set<String> architectureFiles() {
    int start = lines.indexOf("### Add an architecture");
    List<String> rows =
        lines.subList(start, lines.indexOf("### Add a policy format")).stream()
            .filter(line -> line.startsWith("| `"))
            .toList();
    assertThat(rows).hasSizeGreaterThan(40);
    Set<String> listed = new TreeSet<>();
    for (String row : rows) {
      String name = named(List.of(row)).get(0);
      perArchitecture(name).forEach(path -> listed.addAll(resolve(path)));
    }
    return listed;
  }

  /** Neither a file that names an architecture nor one that is called after one is left out. */
  @Test
  void theListOfAnArchitectureIsComplete() throws IOException {
    Set<String> listed = architectureFiles();
    Set<String> concerned = new TreeSet<>();
    for (String file : files) {
      if (file.startsWith(".") || file.startsWith("patcher/src/test/resources/")) {
        continue; // golden files
      }
      boolean isCalledAfterOne =
          Arrays.stream(Target.values())
              .anyMatch(a -> file.matches(".*[/-]" + a.id() + "([./].*)?"));
      String text = Files.readString(ROOT.resolve(file), StandardCharsets.ISO_8859_1);
      if (isCalledAfterOne || MARKER.matcher(text).find()) {
        concerned.add(file);
      }
    }
    concerned.removeAll(listed);
    assertThat(concerned).as("files to add to the list in docs/contributing.md").isEmpty();
  }
}
