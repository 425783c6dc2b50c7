package dev.hardwire.packages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Archives that are compressed with zstd are read and written without warnings of the JVM. */
@Tag("system")
class ZstdIT {
  @TempDir private Path folder;

  /** The JVM that runs the tests, and those that are installed for all users. */
  static Stream<Path> runtimes() throws IOException {
    try (Stream<Path> installed = Files.list(Path.of("/usr/lib/jvm"))) {
      return Stream.concat(Stream.of(Cli.home()), installed.toList().stream())
          .filter(home -> Files.isExecutable(home.resolve("bin/java")))
          .map(ZstdIT::real)
          .flatMap(Optional::stream)
          .distinct();
    }
  }

  private static Optional<Path> real(Path home) {
    try {
      return Optional.of(home.toRealPath());
    } catch (IOException e) {
      return Optional.empty(); // it was removed
    }
  }

  @ParameterizedTest
  @MethodSource("runtimes")
  void noWarning(Path home) throws IOException {
    Path tree = folder.resolve("tree");
    Path bin = Files.createDirectories(tree.resolve("usr/bin"));
    Files.copy(Path.of("/usr/bin/true"), bin.resolve("program"));
    Files.writeString(
        Files.createDirectory(tree.resolve("DEBIAN")).resolve("control"),
        "Package: a\nVersion: 1\nArchitecture: amd64\nMaintainer: a <a@b>\nDescription: a\n");
    Path deb = folder.resolve("a.deb");
    Programs.output("dpkg-deb", "-Zzstd", "-b", tree, deb);
    Path manifest =
        Files.writeString(
            folder.resolve("m.yaml"),
            "version: 1\nfiles:\n  - match: usr/bin/program\n    preset: no-exec\n");
    Cli command = Cli.script(Cli.SCRIPT, home);
    Outcome applied = command.call("apply", "--root", deb, manifest).succeeds();
    assertThat(applied.err()).isEmpty();
    Outcome verified = command.call("verify", "--preset", "no-exec", deb).succeeds();
    assertThat(verified.err()).isEmpty();
  }
}
