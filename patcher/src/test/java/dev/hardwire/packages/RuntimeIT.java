package dev.hardwire.packages;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tarball and the container image work where there is no Java. */
@Tag("long")
class RuntimeIT {
  private static final String VERSION = "1.2.3";
  private static final String TIME = "2026-01-01T00:00:00Z";
  private static final long MOST_BYTES = 60_000_000;

  @TempDir private static Path folder;
  private static Path tarball;
  private static Path image;

  @BeforeAll
  static void make() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    copyInputs(folder);
    tarball = made("runtime.sh", NewJdk.find(), VERSION, TIME, folder);
    image = made("image.sh", VERSION, TIME, folder);
  }

  private static void copyInputs(Path to) {
    for (String part : List.of("hardwire.jar", "hardwire.options", "native", "man", "completion")) {
      Programs.output("cp", "-r", Path.of("target", part), to);
    }
  }

  /** Runs a script that takes longer than other programs of the tests. */
  private static Path made(String script, Object... words) throws IOException {
    List<String> command = Programs.strings("sh", Path.of("src/build", script), List.of(words));
    Path out = folder.resolve(script + ".out");
    Path err = folder.resolve(script + ".err");
    Process process = Programs.start(Map.of(), command, out, err);
    try {
      assertThat(process.waitFor(10, TimeUnit.MINUTES)).as("%s", command).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    assertThat(process.exitValue()).as(Files.readString(err)).isZero();
    return Path.of(Files.readString(out).strip());
  }

  /** As another user, where no JVM can be started: the folders that have one are hidden. */
  private static Outcome alone(Path hardwire, Map<String, String> more, Object... words) {
    List<String> variables =
        more.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).toList();
    String hide =
        """
        for folder in "$1" /usr/lib/jvm; do
          [ ! -d "$folder" ] || mount -t tmpfs none "$folder" || exit 70
        done
        if java -version >/dev/null 2>&1; then exit 71; fi
        shift
        exec setpriv --reuid=nobody --regid=nogroup --clear-groups env -i "$@"
        """;
    return Programs.run(
        "unshare",
        "-m",
        "sh",
        "-c",
        hide,
        "sh",
        Cli.home(),
        "PATH=/bin-of-nothing:" + folder.resolve("tools"),
        variables,
        hardwire,
        List.of(words));
  }

  @Test
  void theTarballNeedsNoJava() throws IOException {
    assertThat(tarball)
        .hasFileName("hardwire-1.2.3-linux-" + Programs.output("uname", "-m").strip() + ".tar.gz");
    assertThat(Files.size(tarball)).isLessThan(MOST_BYTES);
    Path place = Files.createDirectory(folder.resolve("a place"));
    Programs.output("tar", "-C", place, "--strip-components=1", "-xf", tarball);
    Path tools = Files.createDirectory(folder.resolve("tools"));
    Files.createSymbolicLink(tools.resolve("readlink"), Path.of("/usr/bin/readlink"));
    Path hardwire =
        Files.createSymbolicLink(tools.resolve("hardwire"), place.resolve("bin/hardwire"));
    Path out = Files.createDirectory(folder.resolve("out"));
    Files.setPosixFilePermissions(out, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path wired = out.resolve("tar-wired");
    alone(hardwire, Map.of(), "patch", "--preset", "no-exec", "-o", wired, "/usr/bin/tar")
        .succeeds();
    Map<String, String> strict = Map.of("JDK_JAVA_OPTIONS", "-XX:AOTMode=on");
    assertThat(alone(hardwire, strict, "verify", wired).succeeds().out()).endsWith("  verified\n");
    alone(hardwire, Map.of(), "verify", "--recursive", wired).succeeds().isQuiet();
    Path tree = folder.resolve("tree");
    Files.createDirectories(tree.resolve("usr/bin"));
    Programs.output("cp", wired, tree.resolve("usr/bin"));
    Path control = Files.createDirectory(tree.resolve("DEBIAN")).resolve("control");
    Files.writeString(
        control,
        "Package: a\nVersion: 1\nArchitecture: amd64\nMaintainer: a <a@b>\nDescription: a\n");
    Path zstd = out.resolve("zstd.deb");
    Programs.output("dpkg-deb", "-Zzstd", "-b", tree, zstd);
    alone(hardwire, Map.of(), "verify", zstd).succeeds();
    Path broken = out.resolve("broken");
    assertThat(
            alone(hardwire, Map.of(), "patch", "--preset", "no-exec", "-o", broken, "/dev/null")
                .status())
        .isEqualTo(6);
    assertThat(broken).doesNotExist();
  }

  @Test
  void theTarballIsTheSameAgain() throws IOException {
    Path inputs = Files.createDirectory(folder.resolve("again"));
    copyInputs(inputs);
    Path again = made("runtime.sh", NewJdk.find(), VERSION, TIME, inputs);
    assertThat(Programs.output("tar", "-tf", tarball)).contains("hardwire-25-patch.aot");
    assertThat(again).has(sameBytesAs(tarball));
  }

  @Test
  void theImageRunsInAContainer() throws IOException {
    Path layout = folder.resolve("layout");
    assertThat(Programs.output("skopeo", "inspect", "oci-archive:" + image))
        .contains("\"org.opencontainers.image.version\": \"1.2.3\"");
    Programs.output("skopeo", "copy", "-q", "oci-archive:" + image, "oci:" + layout + ":tested");
    Path bundle = folder.resolve("bundle");
    Programs.output("umoci", "unpack", "--image", layout + ":tested", bundle);
    Path work = Files.createDirectory(folder.resolve("mounted"));
    Programs.output("cp", "/usr/bin/tar", work);
    assertThat(contained(bundle, work, "patch", "--preset", "no-exec", "-o", "tar-wired", "tar"))
        .startsWith("tar-wired: hook init, ");
    assertThat(contained(bundle, work, "verify", "--preset", "no-exec", "tar-wired"))
        .endsWith("  verified\n");
    Cli.ok(
        "verify", "--preset", "no-exec", "--original", "/usr/bin/tar", work.resolve("tar-wired"));

    // What COPY --from takes into another image.
    Path copy = folder.resolve("copy");
    Programs.output("cp", "-a", bundle.resolve("rootfs/opt/hardwire"), copy);
    Programs.run(
            Map.of("JAVA_HOME", "/nowhere"),
            copy.resolve("bin/hardwire"),
            "verify",
            work.resolve("tar-wired"))
        .succeeds();
  }

  /** A shell that needs libraries would not start in the image. */
  @Test
  void aDynamicShellIsRefused() throws IOException {
    Path tools = Files.createDirectory(folder.resolve("dynamic"));
    Files.createSymbolicLink(tools.resolve("busybox"), Path.of("/usr/bin/date"));
    Outcome refused =
        Programs.run(
            Map.of("PATH", tools + ":" + System.getenv("PATH")),
            "sh",
            "src/build/image.sh",
            VERSION,
            TIME,
            folder);
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("install Debian's busybox-static");
    assertThat(image).isNotEmptyFile();
  }

  /**
   * Runs the image's entry point with a directory of this machine as /work; with control groups of
   * its own, as a host may have old ones.
   */
  static String contained(Path bundle, Path mounted, String... words) throws IOException {
    Path configuration = bundle.resolve("config.json");
    String arguments = "\"/usr/bin/hardwire\",\"" + String.join("\",\"", words) + "\"";
    String mount =
        "{destination:\"/work\",type:\"bind\",source:\""
            + mounted
            + "\",options:[\"rbind\",\"rw\"]}";
    String changed =
        Programs.output(
            "jq",
            ".process.args=[%s] | .process.terminal=false | .mounts|=map(select(.destination!=\"/work\"))+[%s]"
                .formatted(arguments, mount),
            configuration);
    Files.writeString(configuration, changed);
    String run =
        "umount -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup"
            + " && exec crun --cgroup-manager=disabled run -b \"$1\" hardwire-test";
    return Programs.run("unshare", "-m", "sh", "-c", run, "sh", bundle).succeeds().out();
  }
}
