package dev.hardwire.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The kinds of containers that {@code apply} changes, each with one program. */
public enum Containers {
  LAYOUT,
  ARCHIVE,
  PACKAGE;

  private static final Path PROGRAM = Path.of("/usr/bin/uname");
  private static final String NAME = "usr/bin/program";

  /**
   * Makes one.
   *
   * @param target that does not exist
   */
  public Path make(Path target) throws IOException {
    Path work = Files.createTempDirectory("container");
    try {
      switch (this) {
        case LAYOUT -> layout(target);
        case ARCHIVE ->
            Programs.output(
                "tar",
                "-C",
                layout(work.resolve("layout")),
                "-cf",
                target,
                "oci-layout",
                "index.json",
                "blobs");
        default -> {
          Path program = work.resolve("tree").resolve(NAME);
          Files.createDirectories(program.getParent());
          Files.copy(PROGRAM, program);
          Path control = Files.createDirectories(work.resolve("tree/DEBIAN")).resolve("control");
          Files.writeString(
              control,
              """
              Package: sample
              Version: 1
              Architecture: amd64
              Maintainer: Nobody <nobody@example.org>
              Description: a sample
              """);
          Programs.output("dpkg-deb", "-Zgzip", "-b", work.resolve("tree"), target);
        }
      }
      return target;
    } finally {
      Programs.output("rm", "-rf", work);
    }
  }

  private static Path layout(Path target) throws IOException {
    byte[] layer = new ImageBuilder.Archive().file(NAME, Files.readAllBytes(PROGRAM)).end();
    return new ImageBuilder(target).layer(layer).write();
  }

  /** Writes a manifest for it, whose policy denies a call. */
  public static Path manifest(Path folder, String call) throws IOException {
    Files.writeString(
        folder.resolve(call + "-policy.yaml"),
        "version: 1\ndefault: allow\nrules:\n  - errno ENETDOWN: [" + call + "]\n");
    return Files.writeString(
        folder.resolve(call + ".yaml"),
        "version: 1\nfiles:\n  - match: '**'\n    policy: " + call + "-policy.yaml\n");
  }

  /** Its contents, as text to compare. */
  public static String content(Path container) throws IOException {
    return Files.isDirectory(container)
        ? Programs.output(
            "sh", "-c", "cd \"$0\" && find . -type f -exec sha256sum {} + | sort -k2", container)
        : Programs.output("sh", "-c", "sha256sum < \"$0\"", container);
  }
}
