package dev.hardwire.packages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/**
 * What happens to programs that {@code hardwire keep} keeps: {@code fixtures/keep/scenes.sh} plays
 * it in a copy of a system, with the Debian package, dpkg and apt, while the kernel reports each
 * start of the program. None may be unpatched.
 */
@Tag("system")
class KeepIT {
  private static final Path FIXTURES = Path.of("../fixtures/keep").toAbsolutePath().normalize();

  /** Of scenes.sh, in its order. */
  private static final List<String> SCENES =
      List.of(
          "enabled",
          "upgrade by apt",
          "upgrade by dpkg",
          "downgrade and reinstallation",
          "removal, purge and installation",
          "no JVM",
          "hardwire removed and purged");

  private static final List<String> MORE =
      List.of(
          "refused: old",
          "refused: stop",
          "refused: unconfined",
          "trigger without the hook",
          "another library",
          "libc upgrade",
          "derived again",
          "derived once",
          "changed elsewhere",
          "three at once",
          "killed in the middle");

  /** Of other-scenes.sh. */
  private static final List<String> OTHER_SCENES =
      List.of(
          "enabled",
          "upgrade",
          "downgrade and reinstallation",
          "removal and installation",
          "refused: old",
          "refused: stop",
          "nothing to do",
          "hardwire removed");

  /** Of services.sh. */
  private static final List<String> SERVICE_SCENES =
      List.of(
          "enabled",
          "upgrade by apt",
          "the drop-in refreshes",
          "started at boot",
          "not started without a current copy",
          "hardwire removed");

  @TempDir private Path folder;

  @BeforeEach
  void packages(TestInfo test) throws IOException {
    Path in = Files.createDirectory(folder.resolve("in"));
    List<String> more = test.getTags().contains("long") ? List.of("libc") : List.of();
    Programs.output("sh", FIXTURES.resolve("packages.sh"), in, more);
    Files.copy(FIXTURES.resolve("common.sh"), in.resolve("common.sh"));
    Files.copy(FIXTURES.resolve("scenes.sh"), in.resolve("scenes.sh"));
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      Path made =
          files
              .filter(file -> file.toString().matches(".*/hardwire_.*_all\\.deb"))
              .findFirst()
              .orElseThrow();
      Files.copy(made, in.resolve(made.getFileName()));
    }
  }

  /** Plays the scenes, and returns the names of those that went as they must. */
  private List<String> scenes(Path system, int rounds) throws Exception {
    return played(
        run("sh", FIXTURES.resolve("room.sh"), system, folder, "bash", "/tmp/scenes.sh", rounds));
  }

  private static List<String> played(List<String> lines) {
    return lines.stream()
        .map(line -> line.replaceFirst("ok: (.*) \\(starts: [0-9]+\\)", "$1"))
        .toList();
  }

  private List<String> run(Object... command) throws Exception {
    Path out = folder.resolve("out");
    Process process = Programs.start(Map.of(), Programs.strings(command), out, out);
    boolean hasEnded = process.waitFor(9, TimeUnit.MINUTES);
    process.destroy();
    List<String> lines = Files.readAllLines(out);
    assertThat(hasEnded && process.exitValue() == 0).as(String.join("\n", lines)).isTrue();
    return lines;
  }

  @Test
  void noStartIsUnpatched() throws Exception {
    assertThat(scenes(Path.of("/"), 0)).containsExactlyElementsOf(SCENES);
  }

  @Test
  @Tag("long")
  void refusedAndKilled() throws Exception {
    assertThat(scenes(Path.of("/"), 20)).containsAll(SCENES).containsAll(MORE);
  }

  /** Where rpm manages the packages: a file trigger makes the copies. */
  @Test
  @Tag("long")
  void noStartIsUnpatchedWithRpm() throws Exception {
    assertThat(otherScenes("rpm")).containsExactlyElementsOf(OTHER_SCENES);
  }

  /** Where pacman manages the packages: a hook makes the copies after a transaction. */
  @Test
  @Tag("long")
  void noStartIsUnpatchedWithPacman() throws Exception {
    assertThat(otherScenes("pacman")).containsExactlyElementsOf(OTHER_SCENES);
  }

  private List<String> otherScenes(String manager) throws Exception {
    Path in = folder.resolve("in");
    Programs.output("sh", FIXTURES.resolve("other-packages.sh"), manager, in);
    Path deb;
    try (Stream<Path> files = Files.list(in)) {
      deb = files.filter(file -> file.toString().endsWith("_all.deb")).findFirst().get();
    }
    Programs.output("sh", "src/build/" + manager + ".sh", deb, "2026-01-01T00:00:00Z", in);
    Files.copy(FIXTURES.resolve("other-scenes.sh"), in.resolve("other-scenes.sh"));
    String scenes = "/tmp/other-scenes.sh";
    return played(run("sh", FIXTURES.resolve("room.sh"), "/", folder, "bash", scenes, manager));
  }

  /** Under systemd: services, the drop-in, the timer, and a start of the system. */
  @Test
  @Tag("long")
  void noStartIsUnpatchedUnderSystemd() throws Exception {
    Files.copy(FIXTURES.resolve("services.sh"), folder.resolve("in/services.sh"));
    assertThat(played(run("sh", FIXTURES.resolve("boot.sh"), "/", folder)))
        .containsExactlyElementsOf(SERVICE_SCENES);
  }

  /** A system of its own, with another JVM, made of packages that are downloaded. */
  @Test
  @Tag("long")
  void inAnotherSystem() throws Exception {
    Path system = folder.resolve("system");
    run("sh", FIXTURES.resolve("system.sh"), system);
    assertThat(scenes(system, 8)).containsAll(SCENES).containsAll(MORE);
  }
}
