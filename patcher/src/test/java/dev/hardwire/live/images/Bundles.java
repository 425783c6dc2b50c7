package dev.hardwire.live.images;

import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/** Makes images of programs of this system with umoci, and unpacks and runs them. */
final class Bundles {
  private static final List<String> TOOLS = List.of("cat", "date", "uname", "dash");

  /** The image that tests copy. */
  private static Path common;

  private Bundles() {}

  /**
   * An image in a layout, with tag {@code t}: two layers, of which the second deletes {@code ls}
   * and adds {@code echo}; a library, a hard link, a setuid file, a file with capabilities, one
   * with an owner. It is small: {@link #run} lends it the libraries of this system. All have the
   * same bytes.
   */
  static synchronized Path make(Path folder, String name) throws IOException {
    if (common == null) {
      common = makeAnother(Files.createTempDirectory("bundles"), "common");
      try (Stream<Path> files = Files.walk(common.getParent())) {
        files.forEach(file -> file.toFile().deleteOnExit());
      }
    }
    Path layout = folder.resolve(name);
    Programs.run("cp", "-a", common, layout).succeeds();
    return layout;
  }

  /** The same with other bytes: files have other times. */
  static Path makeAnother(Path folder, String name) throws IOException {
    Path layout = folder.resolve(name);
    Path bundle = folder.resolve(name + "-bundle");
    umoci("init", "--layout", layout);
    umoci("new", "--image", layout + ":t");
    umoci("unpack", "--image", layout + ":t", bundle);
    fill(bundle.resolve("rootfs"));
    umoci("repack", "--refresh-bundle", "--image", layout + ":t", bundle);
    Path bin = bundle.resolve("rootfs/usr/bin");
    Files.delete(bin.resolve("ls"));
    Files.copy(Path.of("/usr/bin/echo"), bin.resolve("echo"));
    umoci("repack", "--image", layout + ":t", bundle);
    umoci("config", "--image", layout + ":t", "--config.entrypoint", "uname");
    umoci("gc", "--layout", layout);
    Programs.run("rm", "-r", bundle).succeeds();
    return layout;
  }

  private static void fill(Path root) throws IOException {
    Path bin = Files.createDirectories(root.resolve("usr/bin"));
    Files.createSymbolicLink(root.resolve("bin"), Path.of("usr/bin"));
    Files.createDirectory(
        root.resolve("tmp"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxrwxrwx")));
    for (String tool : TOOLS) {
      Files.copy(Path.of("/usr/bin", tool), bin.resolve(tool));
    }
    Path libraries = Files.createDirectories(root.resolve("lib/x86_64-linux-gnu"));
    Files.copy(Path.of("/lib/x86_64-linux-gnu/libdl.so.2"), libraries.resolve("libdl.so.2"));
    Files.createLink(bin.resolve("kitty"), bin.resolve("cat"));
    Files.createSymbolicLink(bin.resolve("sh"), Path.of("dash"));
    for (String name : List.of("ls", "su", "capped")) {
      Files.copy(Path.of("/usr/bin/true"), bin.resolve(name));
    }
    Files.writeString(bin.resolve("c\u00f8py"), "text");
    String attributes =
        "chmod 4755 su && setcap cap_setuid,cap_net_raw+ep capped && chown 1000:1001 date"
            + " && setfattr -n user.note -v kept date";
    Programs.run("sh", "-c", "cd \"$1\" && " + attributes, "sh", bin).succeeds();
  }

  static Outcome umoci(Object... words) {
    return Programs.run(List.of("umoci"), List.of(words)).succeeds();
  }

  static Outcome skopeo(Object... words) {
    return Programs.run(List.of("skopeo", "--insecure-policy"), List.of(words)).succeeds();
  }

  /** Unpacks an image that skopeo can name; returns the bundle. */
  static Path unpack(Path folder, String image) throws IOException {
    Path layout = Files.createTempDirectory(folder, "unpacked");
    skopeo(
        "copy", "--dest-tls-verify=false", "--src-tls-verify=false", image, "oci:" + layout + ":t");
    Path bundle = layout.resolve("bundle");
    umoci("unpack", "--image", layout + ":t", bundle);
    return bundle;
  }

  /** The files with the blobs of a layout. */
  static List<Path> blobs(Path layout) throws IOException {
    try (Stream<Path> blobs = Files.list(layout.resolve("blobs/sha256"))) {
      return blobs.sorted().toList();
    }
  }

  /** Every file with its kind, mode, owner, links, attributes and digest. */
  static String listing(Path bundle) {
    String script =
        "cd \"$1/rootfs\" && find . -printf '%p %y %m %U:%G %n %l\\n' | sort"
            + " && find . -type f | sort | xargs sha256sum"
            + " && find . | sort | xargs getfattr -h -m - -d -e hex";
    return Programs.output("sh", "-c", script, "sh", bundle);
  }

  /** Runs a command of an image by crun; with control groups of its own. */
  static Outcome run(Path bundle, String... words) throws IOException {
    Path configuration = bundle.resolve("config.json");
    String change =
        """
        .process.args=["%s"] | .process.terminal=false | .mounts += [("lib", "lib64") |
          {destination: "/\\(.)", type: "none", source: "/usr/\\(.)", options: ["rbind", "ro"]}]
        """
            .formatted(String.join("\",\"", words));
    Files.writeString(configuration, Programs.output("jq", change, configuration));
    String run =
        "umount -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup"
            + " && exec crun --cgroup-manager=disabled run -b \"$1\" \"hardwire-$$\"";
    return Programs.run("unshare", "-m", "sh", "-c", run, "sh", bundle);
  }

  /**
   * Writes a policy that denies uname, and a manifest that gives it to programs of the image.
   *
   * @param others what matches beside the programs that have several names or attributes
   */
  static Path manifest(Path folder, String others) throws IOException {
    Files.writeString(
        folder.resolve("p.yaml"),
        "version: 1\ndefault: allow\nrules:\n  - errno ENETDOWN: [uname]\n");
    return Files.writeString(
        folder.resolve("m.yaml"),
        """
        version: 1
        files:
          - match: [usr/bin/cat, usr/bin/kitty, usr/bin/date, usr/bin/su, usr/bin/capped]
            policy: p.yaml
          - match: %s
            policy: p.yaml
        """
            .formatted(others));
  }
}
