package dev.hardwire.packages;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Debian package is installed, upgraded, removed and purged by dpkg. It goes into a directory
 * whose maintainer scripts run outside of it ({@code DPKG_ROOT}), so no mount, no network and no
 * other package is needed.
 */
class DebianPackageIT {
  private static final FileTime OLD = FileTime.fromMillis(1_000_000_000_000L);
  private static final Path TARGET = Path.of("target").toAbsolutePath();

  @TempDir private Path folder;
  private Path room;

  /** The JVM that is installed in the room. */
  private Path jvm = Cli.home();

  @BeforeEach
  void makeRoom() throws IOException {
    room = Files.createDirectory(folder.resolve("a room"));
    for (String part : List.of("info", "updates", "triggers")) {
      Files.createDirectories(room.resolve("var/lib/dpkg").resolve(part));
    }
    Files.writeString(
        room.resolve("var/lib/dpkg/status"),
        """
        Package: default-jre-headless
        Status: install ok installed
        Version: 2:1.17-74
        Architecture: all
        Maintainer: Tests <tests@example.org>
        Description: stands for the JVM of the tests
        """);
  }

  private static Path packaged() throws IOException {
    try (Stream<Path> files = Files.list(TARGET)) {
      List<Path> found =
          files.filter(file -> file.toString().matches(".*/hardwire_.*_all\\.deb")).toList();
      assertThat(found).hasSize(1);
      return found.get(0);
    }
  }

  /** Runs dpkg on the room. */
  private Outcome dpkg(Object... words) {
    String path = jvm.resolve("bin") + ":" + System.getenv("PATH");
    return Programs.together(
            folder,
            Map.of("PATH", path, "LC_ALL", "C"),
            "dpkg",
            "--root=" + room,
            "--force-script-chrootless",
            "--log=" + folder.resolve("log"),
            Programs.strings(words))
        .succeeds();
  }

  private Cli hardwire() {
    return Cli.script(room.resolve("usr/bin/hardwire"), jvm);
  }

  private List<Path> archives() throws IOException {
    try (Stream<Path> files = Files.list(room.resolve("usr/lib/hardwire/lib"))) {
      return files.filter(file -> file.toString().matches(".*\\.(jsa|aot)")).toList();
    }
  }

  /**
   * The former version could make no archive of classes. The JVM is another one than that of the
   * build, if there is one.
   */
  @Test
  void installsUpgradesAndGoesAway() throws IOException {
    jvm = otherJvm();
    String tool = "/usr/lib/hardwire/archive-classes.sh";
    assertThat(dpkg("--path-exclude=" + tool, "--install", packaged()).out())
        .contains("hardwire: no archive of classes for ", "with which commands start more slowly");
    assertThat(archives()).isEmpty();
    Path lib = room.resolve("usr/lib/hardwire/lib");
    for (String former : List.of("hardwire-17.jsa", "hardwire-25.aot", "hardwire-1.aot")) {
      Files.setLastModifiedTime(Files.writeString(lib.resolve(former), "former"), OLD);
    }
    dpkg("--install", upgrade());
    usable();
    for (Path archive : archives()) {
      assertThat(Files.getLastModifiedTime(archive)).isNotEqualTo(OLD);
    }
    assertThat(Files.readString(room.resolve("var/lib/dpkg/status"))).contains("\nVersion: 9999\n");
    goesAway("hardwire");
  }

  private static Path otherJvm() throws IOException {
    Path own = Cli.home().toRealPath();
    return ZstdIT.runtimes().filter(home -> !home.equals(own)).findFirst().orElse(own);
  }

  @Test
  @Tag("long")
  void anUpgradeMakesArchivesAgain() throws IOException {
    dpkg("--install", packaged());
    Files.setLastModifiedTime(usable(), OLD);
    dpkg("--install", upgrade());
    assertThat(Files.getLastModifiedTime(usable())).isNotEqualTo(OLD);
    goesAway("hardwire");
  }

  @Test
  @Tag("long")
  void aNewJvmHasTheArchiveMadeAgain() throws IOException {
    dpkg("--install", packaged());
    Files.setLastModifiedTime(usable(), OLD);
    dpkg("--install", jvm());
    assertThat(Files.getLastModifiedTime(usable())).as("made again by a trigger").isNotEqualTo(OLD);
    goesAway("hardwire", "some-jvm");
  }

  private void goesAway(Object... packages) throws IOException {
    dpkg("--remove", List.of(packages));
    Path hook = room.resolve("etc/dpkg/dpkg.cfg.d/hardwire");
    assertThat(files()).contains(hook).allMatch(hook::startsWith);
    dpkg("--purge", List.of(packages));
    assertThat(files()).isEmpty();
    assertThat(Files.readString(room.resolve("var/lib/dpkg/status"))).doesNotContain("hardwire");
  }

  /** What is left in the room, without what dpkg keeps for itself. */
  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(room)) {
      Path own = room.resolve("var/lib/dpkg");
      return files.filter(file -> !file.startsWith(own) && !own.startsWith(file)).toList();
    }
  }

  /** Does what a user does first, with the archive of classes. */
  private Path usable() throws IOException {
    Path wired = folder.resolve("tar-wired");
    Outcome patched =
        hardwire().call("patch", "--preset", "no-exec", "-o", wired, "/usr/bin/tar").succeeds();
    assertThat(patched.out()).startsWith(wired + ": hook init, ");
    assertThat(patched.err()).isEmpty();
    assertThat(hardwire().call("verify", wired).succeeds().out()).endsWith("  verified\n");
    assertThat(archives()).hasSize(2);
    Path archive = archives().get(0);
    String strict = archive.toString().endsWith(".aot") ? "-XX:AOTMode=on" : "-Xshare:on";
    hardwire().jvm(strict).call("verify", wired).succeeds();
    Path denied = folder.resolve("denied");
    hardwire().jvm(strict).call("patch", "--deny", "uname", "-o", denied, "/bin/true").succeeds();
    Files.delete(denied);
    hardwire().call("verify", "--recursive", wired).succeeds().isQuiet();
    return archive;
  }

  /** The same package of a later version. */
  private Path upgrade() throws IOException {
    Path tree = folder.resolve("later");
    Programs.output("dpkg-deb", "--raw-extract", packaged(), tree);
    Path control = tree.resolve("DEBIAN/control");
    Files.writeString(
        control, Files.readString(control).replaceFirst("Version: .*", "Version: 9999"));
    Files.writeString(tree.resolve("usr/share/doc/hardwire/new"), "new\n");
    return built(tree);
  }

  /** A package with a file where JVMs are. */
  private Path jvm() throws IOException {
    Path tree = folder.resolve("jvm");
    Files.createDirectories(tree.resolve("DEBIAN"));
    Files.createDirectories(tree.resolve("usr/lib/jvm/some-jvm"));
    Files.writeString(tree.resolve("usr/lib/jvm/some-jvm/release"), "JAVA_VERSION=\"21.0.1\"\n");
    Files.writeString(
        tree.resolve("DEBIAN/control"),
        """
        Package: some-jvm
        Version: 1
        Architecture: all
        Maintainer: Tests <tests@example.org>
        Description: a file below /usr/lib/jvm
        """);
    return built(tree);
  }

  private Path built(Path tree) {
    Path result = tree.resolveSibling(tree.getFileName() + ".deb");
    Programs.output("dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, result);
    return result;
  }

  @Test
  @Tag("long")
  void lintianFindsNoError() throws IOException {
    Outcome outcome =
        Programs.run(
            "lintian", "--no-cfg", "--allow-root", "--fail-on", "error,warning", packaged());
    assertThat(outcome.status()).as("%s", outcome).isZero();
  }

  @Test
  void theSameInputGivesTheSameBytes() throws IOException {
    assertThat(rebuilt()).has(sameBytesAs(packaged()));
  }

  /** Makes the package again, of copies with other times and rights. */
  private Path rebuilt() throws IOException {
    Path copy = Files.createDirectory(folder.resolve("copy"));
    for (String part : List.of("hardwire.jar", "hardwire.options", "native", "man", "completion")) {
      Programs.output("sh", "-c", "umask 077; cp -r $1 $2", "sh", TARGET.resolve(part), copy);
    }
    String version =
        Programs.output("dpkg-deb", "--field", packaged(), "Version").strip().replace('~', '-');
    String maintainer = Programs.output("dpkg-deb", "--field", packaged(), "Maintainer").strip();
    Programs.output("sh", "src/build/deb.sh", version, "2026-01-01T00:00:00Z", copy, maintainer);
    return copy.resolve(packaged().getFileName());
  }

  @Test
  void manualPagesAndCompletionAreWhereTheyAreLookedFor() throws IOException {
    Programs.output("dpkg-deb", "--extract", packaged(), room);
    String share = room.resolve("usr/share").toString();
    String page =
        Programs.run(Map.of("MANPATH", share + "/man", "MANWIDTH", "100"), "man", "hardwire-patch")
            .succeeds()
            .out();
    assertThat(page).contains("HARDWIRE-PATCH(1)", "--preset=NAME");

    // Terminals of their own, in which the tabulator is pressed.
    String bash =
        """
        import os, pty, sys
        child, terminal = pty.fork()
        if child == 0:
            os.environ.update(PS1="ready ", TERM="dumb", XDG_DATA_DIRS=sys.argv[1])
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
        seen = b""
        def wait(text):
            global seen
            while text not in seen:
                seen += os.read(terminal, 4096)
            seen = seen[seen.index(text) + len(text):]
        wait(b"ready ")
        os.write(terminal, b". /usr/share/bash-completion/bash_completion\\n")
        wait(b"ready ")
        os.write(terminal, b"hardwire policy pres\\t")
        wait(b"hardwire policy presets ")
        print("completed")
        """;
    String path = room.resolve("usr/bin") + ":" + System.getenv("PATH");
    assertThat(Programs.run(Map.of("PATH", path), "python3", "-c", bash, share).succeeds().out())
        .isEqualTo("completed\n");

    Path fish = room.resolve("usr/share/fish/vendor_completions.d/hardwire.fish");
    String words =
        Programs.output(
            "fish",
            "--no-config",
            "-c",
            "source '" + fish + "'; complete -C 'hardwire patch --preset no-'");
    assertThat(words.lines().map(line -> line.split("\t", -1)[0]))
        .containsExactlyInAnyOrder("no-exec", "no-network", "no-new-code");

    String zsh =
        """
        zmodload zsh/zpty
        zpty shell 'PS1=; exec zsh -f -i'
        zpty -w shell "fpath=('$1/zsh/vendor-completions' \\$fpath); autoload -U compinit; compinit -u -d '$2/dump'; echo rea''dy"
        zpty -r shell text '*ready*'
        zpty -w -n shell $'hardwire policy pres\\t'
        zpty -r shell text '*presets*'
        print -r -- $text
        """;
    assertThat(Programs.run("zsh", "-f", "-c", zsh, "zsh", share, folder).out())
        .contains("hardwire policy presets");
  }
}
