package dev.hardwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The jar runs on every JDK that is here: the one that runs the tests, and all others from 17 on.
 */
class JarIT {
  private static final Path JAR = Path.of("target/hardwire.jar").toAbsolutePath();

  @TempDir private Path directory;

  static Stream<Path> runtimes() throws IOException {
    TreeSet<Path> homes =
        new TreeSet<>(List.of(Path.of(System.getProperty("java.home")).toRealPath()));
    Path jvms = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(jvms)) {
      try (Stream<Path> entries = Files.list(jvms)) {
        for (Path home :
            entries.filter(entry -> Files.isExecutable(entry.resolve("bin/java"))).toList()) {
          homes.add(home.toRealPath());
        }
      }
    }
    return homes.stream().filter(home -> feature(home) >= 17);
  }

  private static int feature(Path home) {
    try (Stream<String> lines = Files.lines(home.resolve("release"))) {
      return lines
          .filter(line -> line.startsWith("JAVA_VERSION="))
          .map(line -> Integer.parseInt(line.replaceAll("JAVA_VERSION=\"([0-9]+).*", "$1")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0; // no JDK, only what is left of one
    }
  }

  @ParameterizedTest
  @MethodSource("runtimes")
  void patchesAndVerifies(Path home) {
    Path wired = directory.resolve("true");
    java(home, "patch", "--deny", "ptrace", "-o", wired, "/bin/true");
    assertThat(java(home, "verify", wired)).endsWith("  verified\n");
    Programs.run(wired).succeeds();
  }

  /** Neither code of the build nor of clusters, nor the providers of Bouncy Castle. */
  @Test
  void hasWhatTheCommandNeeds() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      assertThat(jar.stream().map(JarEntry::getName))
          .contains("dev/hardwire/cli/Main.class", "dev/hardwire/cli/QuickTable.class")
          .noneMatch(
              name ->
                  name.matches(
                      "dev/hardwire/(spark|cli/generate)/.*|org/apache/.*|scala/.*"
                          + "|org/objectweb/.*|org/bouncycastle/jce/provider/Bouncy.*"));
    }
    assertThat(Files.size(JAR)).isLessThan(8_300_000);
  }

  private String java(Path home, Object... arguments) {
    Object[] java = {Cli.javaOf(home), "-jar", JAR};
    return Programs.together(directory, Map.of(), List.of(java), List.of(arguments))
        .succeeds()
        .out();
  }
}
