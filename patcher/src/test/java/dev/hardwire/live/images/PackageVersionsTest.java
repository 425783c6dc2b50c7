package dev.hardwire.live.images;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Versions of Debian packages whose programs are patched: updates replace them, and packages that
 * depend on exactly the original version are still satisfied.
 */
@Tag("system")
class PackageVersionsTest {
  /** What Debian, its derivatives and their security teams append to a version. */
  private static final List<String> UPDATES =
      List.of(
          "+deb13u1",
          "+deb12u1",
          "+b1",
          "+nmu1",
          "+rpi1",
          "+esm1",
          "ubuntu0.1",
          "ubuntu1",
          "build1",
          "kali1",
          "mint1",
          ".1",
          "a1");

  /** Versions, and what a change makes of them. */
  private static final String[][] CHANGED = {
    {"1.0-1", "1.0-1a~hardwire1"},
    {"2:1.26.3-3+deb13u1", "2:1.26.3-3+deb13u1a~hardwire1"},
    {"1.0", "1.0-0a~hardwire1"},
    {"1.0-1beta", "1.0-1beta0a~hardwire1"}
  };

  @TempDir Path folder;

  private Path manifest;

  @BeforeEach
  void policy() throws IOException {
    manifest =
        Files.writeString(
            folder.resolve("m.yaml"),
            "version: 1\nfiles:\n  - match: usr/bin/sample*\n    preset: no-exec\n");
    Path dpkg = Files.createDirectories(folder.resolve("root/var/lib/dpkg"));
    Files.createDirectories(dpkg.resolve("updates"));
    Files.createDirectories(dpkg.resolve("info"));
    Files.createFile(dpkg.resolve("status"));
    Files.createDirectories(folder.resolve("root/etc/apt/apt.conf.d"));
    Files.createDirectories(folder.resolve("root/etc/apt/preferences.d"));
    Files.createDirectories(folder.resolve("root/var/lib/apt/lists/partial"));
    Files.createDirectories(folder.resolve("root/var/cache/apt/archives/partial"));
  }

  /** A package with a program. */
  private Path build(String name, String version, String fields) throws IOException {
    Path tree = folder.resolve("tree-" + name);
    Files.createDirectories(tree.resolve("usr/bin"));
    Files.copy(
        Path.of("/usr/bin/true"),
        tree.resolve("usr/bin").resolve(name),
        StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(
        Files.createDirectories(tree.resolve("DEBIAN")).resolve("control"),
        "Package: %s\nVersion: %s\nArchitecture: amd64\n".formatted(name, version)
            + "Maintainer: Nobody <nobody@example.org>\nInstalled-Size: 40\n"
            + fields
            + "Description: a sample\n");
    Path file = folder.resolve(name + ".deb");
    Programs.run("dpkg-deb", "--root-owner-group", "-Zgzip", "-b", tree, file).succeeds();
    return file;
  }

  private static String field(Path file, String name) {
    return Programs.output("dpkg-deb", "-f", file, name).strip();
  }

  /** Each of the other versions is higher. */
  private static void assertRising(String version, String... others) {
    String compare =
        "for other; do dpkg --compare-versions \"$0\" lt \"$other\" || echo \"$other\"; done";
    assertThat(Programs.output("sh", "-c", compare, version, List.of(others)))
        .as("not higher than %s", version)
        .isEmpty();
  }

  private Outcome dpkg(Object... arguments) {
    return Programs.run(
        "dpkg",
        "--root=" + folder.resolve("root"),
        "--force-script-chrootless",
        "--force-not-root",
        Programs.strings(arguments));
  }

  private Outcome apt(Object... arguments) {
    Path root = folder.resolve("root");
    return Programs.run(
        "apt-get",
        List.of(
            "-o", "Dir=" + root, "-o", "Dir::State::status=" + root.resolve("var/lib/dpkg/status")),
        List.of(
            "-o",
            "APT::Sandbox::User=root",
            "-o",
            "APT::Architecture=amd64",
            "-o",
            "Dir::Etc::trustedparts=/"),
        List.of(arguments));
  }

  /** Makes apt know packages by their control fields. */
  private void repository(List<String> packages) throws IOException {
    Path repository = Files.createDirectories(folder.resolve("repository"));
    StringBuilder list = new StringBuilder();
    for (String fields : packages) {
      list.append(fields.strip())
          .append("\nFilename: ./x.deb\nSize: 1\nSHA256: ")
          .append("0".repeat(64))
          .append("\n\n");
    }
    Files.writeString(repository.resolve("Packages"), list);
    Files.writeString(
        folder.resolve("root/etc/apt/sources.list"),
        "deb [trusted=yes] file:" + repository + " ./\n");
    apt("update").succeeds();
  }

  @Test
  void everyUpdateIsNewer() throws IOException {
    Path status = folder.resolve("root/var/lib/dpkg/status");
    StringBuilder all = new StringBuilder();
    List<String> offered = new ArrayList<>();
    for (String[] versions : CHANGED) {
      String version = versions[0];
      String changed = versions[1];
      Path file = build("sample", version, "");
      Cli.ok("apply", "--root", file, manifest);
      assertThat(field(file, "Version")).isEqualTo(changed);
      assertRising(version, changed);
      assertRising(version + "~bpo13+1", changed);
      assertRising(changed, UPDATES.stream().map(version::concat).toArray(String[]::new));
      dpkg("-i", file).succeeds();
      String installed = Files.readString(status).strip();
      for (String update : UPDATES) {
        String name = "sample" + offered.size();
        all.append(installed.replaceAll("\\bsample\\b", name)).append("\n\n");
        offered.add(
            "Package: %s\nVersion: %s\nArchitecture: amd64\n".formatted(name, version + update));
        offered.add("Package: %s\nVersion: %s\nArchitecture: amd64\n".formatted(name, version));
      }
    }
    Files.writeString(status, all);
    repository(offered);
    assertThat(apt("-s", "upgrade").succeeds().out().lines().filter(l -> l.startsWith("Inst ")))
        .hasSize(CHANGED.length * UPDATES.size());
  }

  @Test
  void theNextChangeCountsOn() throws IOException {
    Path file = build("sample", "1.0-1", "");
    Cli.ok("apply", "--root", file, manifest);
    Files.writeString(manifest, Files.readString(manifest).replace("no-exec", "no-network"));
    Cli.ok("apply", "--root", file, manifest);
    assertThat(field(file, "Version")).isEqualTo("1.0-1a~hardwire2");
    assertThat(field(file, "Provides")).isEqualTo("sample (= 1.0-1)");
  }

  @Test
  void theVersionMayBeKept() throws IOException {
    Path file = build("sample", "1.0-1", "");
    String before = Programs.output("dpkg-deb", "-f", file);
    Cli.ok("apply", "--root", file, "--version-suffix", "", manifest);
    String size = field(file, "Installed-Size");
    assertThat(Programs.output("dpkg-deb", "-f", file))
        .isEqualTo(before.replace("Size: 40", "Size: " + size));
    dpkg("-i", file).succeeds();
    repository(List.of("Package: sample\nVersion: 1.0-1+deb13u1\nArchitecture: amd64\n"));
    assertThat(apt("-s", "upgrade").succeeds().out())
        .contains("Inst sample [1.0-1] (1.0-1+deb13u1");
  }

  @Test
  void exactDependenciesStaySatisfied() throws IOException {
    List<String> provided =
        List.of("", "Provides: virtual, other (= 3)\n", "Provides: virtual,\n other\n");
    List<Path> changed = new ArrayList<>();
    List<Path> others = new ArrayList<>();
    List<String> offered = new ArrayList<>();
    for (String provides : provided) {
      String name = "sample" + changed.size();
      String exact = "exact" + changed.size();
      String least = "least" + changed.size();
      Path file = build(name, "1.0-1", provides);
      others.add(
          build(exact, "1.0-1", "Depends: %s (= 1.0-1)\nMulti-Arch: foreign\n".formatted(name)));
      others.add(
          build(least, "1.0-1", "Depends: %s (>= 1.0-1), %s (= 1.0-1)\n".formatted(name, exact)));
      Cli.ok("apply", "--root", file, manifest);
      assertThat(field(file, "Provides")).endsWith(name + " (= 1.0-1)");
      assertThat(field(file, "Provides").contains("virtual")).isEqualTo(!provides.isEmpty());
      changed.add(file);
      offered.add("Package: %s\nVersion: 1.0-1\nArchitecture: amd64\n".formatted(name));
    }
    dpkg("-i", changed).succeeds();
    for (Path other : others) {
      offered.add(Programs.output("dpkg-deb", "-f", other));
    }
    repository(offered);
    assertThat(apt("-s", "install", "least0", "least1", "least2").succeeds().out())
        .contains("Inst exact0 ", "Inst exact1 ", "Inst exact2 ")
        .contains("Inst least0 ", "Inst least1 ", "Inst least2 ")
        .doesNotContain("Inst sample", "Remv");
    dpkg("-i", others).succeeds();
    apt("check").succeeds();
    assertThat(apt("-s", "dist-upgrade").succeeds().out()).doesNotContain("Inst", "Remv");
  }

  @Test
  void otherVersionsDoNotSatisfy() throws IOException {
    Path file = build("sample", "1.0-1", "");
    Path exact = build("exact", "1.0-1", "Depends: sample (= 1.0-2)\n");
    Cli.ok("apply", "--root", file, manifest);
    dpkg("-i", file).succeeds();
    assertThat(dpkg("-i", exact).err()).contains("exact depends on sample (= 1.0-2)");
  }

  @ParameterizedTest
  @CsvSource({"''", "'Provides: virtual, other (= 3)\n'", "'Provides: virtual,\n other\n'"})
  void restoreGivesTheOriginalPackageBack(String provides) throws IOException {
    Path file = build("sample", "1.0-1", provides);
    Path before = folder.resolve("before");
    Programs.output("dpkg-deb", "-R", file, before);
    Cli.ok("apply", "--root", file, manifest);
    Path copy = folder.resolve("copy.deb");
    Outcome restored = Cli.ok("restore", "-o", copy, file);
    assertThat(restored.out())
        .contains(file + ":/usr/bin/sample: restored, SHA-256 ")
        .endsWith("1 file: 1 restored, 0 already, 0 refused, 0 failed, 0 skipped\n");
    Path after = folder.resolve("after");
    Programs.output("dpkg-deb", "-R", copy, after);
    assertThat(Programs.output("diff", "-r", before, after)).isEmpty();
    assertThat(field(file, "Version")).isEqualTo("1.0-1a~hardwire1");
    Cli.ok("restore", "--in-place", file);
    assertThat(file).has(sameBytesAs(copy));
    Outcome again = Cli.ok("restore", "--in-place", file);
    assertThat(again.out()).contains("0 restored", "skipped (not-patched 1)");
    assertThat(file).has(sameBytesAs(copy));
  }

  @Test
  void aPackageThatWasChangedTwiceIsRestoredToItsFirstVersion() throws IOException {
    Path file = build("sample", "1.0-1", "");
    String before = Programs.output("dpkg-deb", "-f", file);
    Cli.ok("apply", "--root", file, manifest);
    Files.writeString(manifest, Files.readString(manifest).replace("no-exec", "no-network"));
    Cli.ok("apply", "--root", file, manifest);
    Cli.ok("restore", "--in-place", file);
    assertThat(Programs.output("dpkg-deb", "-f", file).replaceFirst("Size: [0-9]+", "Size: 40"))
        .isEqualTo(before); // the size is rounded up with each change
  }
}
