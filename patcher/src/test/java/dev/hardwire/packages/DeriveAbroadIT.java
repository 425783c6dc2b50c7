package dev.hardwire.packages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Programs that were built elsewhere: those that vendors put into packages of npm, and those of
 * other releases of Debian.
 */
@Tag("system")
@Tag("long")
class DeriveAbroadIT {
  private static final Pattern COUNTS =
      Pattern.compile("known numbers \\((?<percent>\\d+) %\\).* runs, (?<killed>\\d+) killed");

  /** Packages, and the names of the executables in them. */
  private static final Map<String, String> VENDORS =
      Map.ofEntries(
          Map.entry("@esbuild/linux-x64", "esbuild"),
          Map.entry("lefthook-linux-x64", "lefthook"),
          Map.entry("@bufbuild/buf-linux-x64", "buf"),
          Map.entry("@dbmate/linux-x64", "dbmate"),
          Map.entry("@oven/bun-linux-x64", "bun"),
          Map.entry("@deno/linux-x64-glibc", "deno"),
          Map.entry("@bytecodealliance/wizer-linux-x64", "wizer"),
          Map.entry("@pagefind/linux-x64", "pagefind"),
          Map.entry("@dprint/linux-x64-glibc", "dprint"),
          Map.entry("git-cliff-linux-x64", "git-cliff"),
          Map.entry("@ffmpeg-installer/linux-x64", "ffmpeg"),
          Map.entry("@avh4/elm-format-linux-x64", "elm-format"));

  @TempDir private Path folder;

  /** The executable of a package. */
  private Path fetched(String vendor, String name) throws IOException {
    Path place = Files.createDirectory(folder.resolve(name));
    Programs.together(place, Map.of(), "npm", "pack", "--silent", vendor).succeeds();
    Programs.together(place, Map.of(), "sh", "-c", "tar -xzf *.tgz").succeeds();
    try (Stream<Path> files = Files.walk(place)) {
      Path program =
          files
              .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
              .filter(file -> file.getFileName().toString().startsWith(name))
              .max(Comparator.comparingLong(file -> file.toFile().length()))
              .orElseThrow(() -> new AssertionError(vendor + " has no " + name));
      Programs.output("chmod", "755", program);
      return program;
    }
  }

  /** Three of four are derived, and each of them does what it did before. */
  @Test
  @Timeout(value = 1, unit = TimeUnit.HOURS)
  void programsOfVendors() throws IOException {
    Map<String, String> refused = new LinkedHashMap<>();
    for (Map.Entry<String, String> one : VENDORS.entrySet()) {
      Path program = fetched(one.getKey(), one.getValue());
      Path policy = folder.resolve("policy.yaml");
      Outcome derived = Cli.run("derive", "--no-cache", "-o", policy, program);
      if (derived.status() != 0) {
        assertThat(derived.err()).contains("--unknown learn:session.log");
        refused.put(one.getKey(), derived.err());
        continue;
      }
      Path wired = program.resolveSibling("wired");
      Cli.ok("patch", "--policy", policy, "-o", wired, program);
      Outcome plain = Programs.run(program, "--version");
      Outcome confined = Programs.run(wired, "--version");
      assertThat(confined.status()).as(confined.toString()).isEqualTo(plain.status());
      assertThat(confined.out().replace("wired", program.getFileName().toString()))
          .isEqualTo(plain.out());
      Files.delete(wired);
    }
    assertThat(refused).as(refused.toString()).hasSizeLessThanOrEqualTo(VENDORS.size() / 4);
  }

  /**
   * Of each release, so many of a hundred programs have only numbers that are known, and no run of
   * these is killed.
   */
  @ParameterizedTest
  @Timeout(value = 1, unit = TimeUnit.HOURS)
  @CsvSource({"bullseye, 95", "bookworm, 95", "trixie, 95", "sid, 95"})
  void programsOfReleases(String suite, int percent) throws IOException {
    Path command = folder.resolve("hardwire");
    Files.writeString(
        command,
        "#!/bin/sh\nexec '%s' -cp '%s' dev.hardwire.cli.Main \"$@\"\n"
            .formatted(Cli.javaOf(Cli.home()), Cli.classPath()));
    Programs.output("chmod", "755", command);
    Path script = Path.of("..", "fixtures", "measure-releases.sh").toAbsolutePath();
    String line =
        Programs.together(
                folder, Map.of("HARDWIRE", "" + command), script, folder.resolve("all"), suite)
            .succeeds()
            .out();
    Matcher counts = COUNTS.matcher(line);
    assertThat(counts.find()).as(line).isTrue();
    assertThat(Integer.parseInt(counts.group("percent"))).as(line).isGreaterThanOrEqualTo(percent);
    assertThat(counts.group("killed")).as(line).isEqualTo("0");
  }
}
