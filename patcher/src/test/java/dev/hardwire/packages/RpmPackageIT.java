package dev.hardwire.packages;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The RPM package, installed into a tree that has a shell and nothing else. */
class RpmPackageIT {
  private static final String TIME = "2026-01-01T00:00:00Z";

  @TempDir private static Path shared;
  private static Path deb;
  private static Path rpm;

  @TempDir private Path folder;
  private Path room;

  @BeforeAll
  static void make() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      deb =
          files
              .filter(file -> file.toString().matches(".*/hardwire_.*_all\\.deb"))
              .findAny()
              .orElseThrow();
    }
    rpm = made("first");
  }

  @BeforeEach
  void makeRoom() throws IOException {
    room = folder.resolve("room");
    Path bin = Files.createDirectories(room.resolve("usr/bin"));
    Files.createSymbolicLink(room.resolve("bin"), Path.of("usr/bin"));
    Programs.output("cp", "/usr/bin/busybox", bin);
    Programs.output("chroot", room, "/usr/bin/busybox", "--install", "/usr/bin");
  }

  private static Path made(String name) throws IOException {
    Path target = Files.createDirectory(shared.resolve(name));
    return Path.of(Programs.output("sh", "src/build/rpm.sh", deb, TIME, target).strip());
  }

  private Outcome rpm(Object... words) {
    return Programs.run("rpm", "--root", room, List.of(words));
  }

  @Test
  void isTheSameAgain() throws IOException {
    assertThat(made("second")).has(sameBytesAs(rpm));
  }

  @Test
  void installsRunsAndGoesAway() {
    rpm("--nodeps", "--install", rpm).succeeds();
    assertThat(rpm("--verify", "--nodeps", "hardwire").succeeds().out()).isEmpty();
    for (String file :
        List.of(
            "usr/share/man/man1/hardwire-patch.1.gz",
            "usr/share/bash-completion/completions/hardwire",
            "usr/share/doc/hardwire/README.md")) {
      assertThat(room.resolve(file)).isRegularFile();
    }
    assertThat(Programs.output("dpkg-deb", "-c", deb).lines().count())
        .isGreaterThan(rpm("--query", "--list", "hardwire").out().lines().count());
    Path wired = folder.resolve("wired");
    Cli.script(room.resolve("usr/bin/hardwire"), Cli.home())
        .call("patch", "--deny", "uname", "-o", wired, "/usr/bin/uname")
        .succeeds();
    Programs.run(wired).endsWith(Programs.KILLED_BY_SIGSYS);
    rpm("--erase", "hardwire").succeeds();
    assertThat(room.resolve("usr/lib/hardwire")).doesNotExist();
    assertThat(room.resolve("usr/share/doc/hardwire")).doesNotExist();
  }

  /** Whatever package brings a JVM: an archive of classes is made for it. */
  @Test
  void newJvmsGetAnArchive() throws IOException {
    rpm("--nodeps", "--install", rpm).succeeds();
    Path spec = folder.resolve("some-jvm.spec");
    Files.writeString(
        spec,
        """
        Name: some-jvm
        Version: 1
        Release: 1
        Summary: stands for a JVM
        License: None
        BuildArch: noarch
        %description
        It starts nothing.
        %install
        mkdir -p %{buildroot}/usr/lib/jvm/some/bin
        printf '#!/bin/sh\\nexit 1\\n' > %{buildroot}/usr/lib/jvm/some/bin/java
        chmod 755 %{buildroot}/usr/lib/jvm/some/bin/java
        %files
        /usr/lib/jvm/some/bin/java
        """);
    Programs.output(
        "rpmbuild", "--quiet", "-bb", "--define", "_topdir " + folder.resolve("top"), spec);
    Path jvm = folder.resolve("top/RPMS/noarch/some-jvm-1-1.noarch.rpm");
    assertThat(rpm("--nodeps", "--install", jvm).succeeds().err())
        .contains("no archive of classes for /usr/lib/jvm/some/bin/java");
  }
}
