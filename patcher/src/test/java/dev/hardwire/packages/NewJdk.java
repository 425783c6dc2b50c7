package dev.hardwire.packages;

import dev.hardwire.testing.Cli;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A JDK that makes the runtime of the tarball: 25 or newer, with jlink. */
final class NewJdk {
  private static final int OLDEST = 25;
  private static final Pattern VERSION = Pattern.compile("(?m)^JAVA_VERSION=\"(\\d+)");

  private NewJdk() {}

  /** The JDK that runs the tests, if it is new enough, or else an installed one. */
  static Path find() throws IOException {
    List<Path> homes = new ArrayList<>(List.of(Cli.home()));
    Path installed = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(installed)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(installed)) {
        found.forEach(homes::add);
      }
    }
    for (Path home : homes) {
      if (Files.isExecutable(home.resolve("bin/jlink")) && feature(home) >= OLDEST) {
        return home.toRealPath();
      }
    }
    throw new AssertionError(
        "no JDK %d or newer in %s: apt-get install openjdk-%1$d-jdk-headless"
            .formatted(OLDEST, homes));
  }

  private static int feature(Path home) throws IOException {
    Path release = home.resolve("release");
    if (!Files.isRegularFile(release)) {
      return 0;
    }
    Matcher version = VERSION.matcher(Files.readString(release));
    return version.find() ? Integer.parseInt(version.group(1)) : 0;
  }
}
