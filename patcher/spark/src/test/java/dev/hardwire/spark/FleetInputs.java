package dev.hardwire.spark;

import dev.hardwire.testing.ImageBuilder;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Inputs of {@link Fleet} that tests share. */
final class FleetInputs {
  private static final Path UNAME = Path.of("/usr/bin/uname");

  private FleetInputs() {}

  /** A program whose section headers cannot be read. */
  static void damagedProgram(Path file) throws IOException {
    byte[] damaged = Files.readAllBytes(UNAME);
    damaged[0x28] ^= 0x55; // e_shoff
    Files.write(file, damaged);
  }

  /**
   * A Debian package with a program.
   *
   * @param root takes what is packed
   */
  static Path debianPackage(Path root, Path file) throws IOException {
    Path bin = Files.createDirectories(root.resolve("usr/bin"));
    Files.copy(Path.of("/usr/bin/id"), bin.resolve("sample"));
    Path control = Files.createDirectories(root.resolve("DEBIAN"));
    Files.writeString(
        control.resolve("control"),
        """
        Package: sample
        Version: 1.0-1
        Architecture: amd64
        Maintainer: Nobody <nobody@example.org>
        Description: a sample
         Of programs.
        """);
    Programs.output("dpkg-deb", "--root-owner-group", "-Zgzip", "-b", root, file);
    return file;
  }

  /** An OCI layout with a program in its only layer. */
  static Path image(Path directory) throws IOException {
    byte[] layer =
        new ImageBuilder.Archive()
            .directory("usr/")
            .directory("usr/bin/")
            .file("usr/bin/uname", Files.readAllBytes(UNAME))
            .end();
    return new ImageBuilder(directory).layer(layer).write();
  }

  /** A manifest that denies uname to all of these programs, and its policy beside it. */
  static Path manifest(Path settings) throws IOException {
    Files.createDirectories(settings);
    Files.writeString(
        settings.resolve("p.yaml"),
        "version: 1\ndefault: allow\nrules:\n  - errno ENETDOWN: [uname]\n");
    return Files.writeString(
        settings.resolve("manifest.yaml"),
        """
        version: 1
        files:
          - match: ["*/uname", "usr/bin/*"]
            policy: p.yaml
        """);
  }
}
