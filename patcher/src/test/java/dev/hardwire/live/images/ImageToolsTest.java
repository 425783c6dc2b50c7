package dev.hardwire.live.images;

import static dev.hardwire.live.images.Bundles.listing;
import static dev.hardwire.live.images.Bundles.skopeo;
import static dev.hardwire.live.images.Bundles.unpack;
import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that umoci, skopeo and a registry make, accept, run and convert. */
class ImageToolsTest {
  private static final String PATCHED = "capped|cat|date|kitty|su|uname";
  private static final String PREFIX = "./usr/bin/";

  @TempDir static Path folder;

  private static Path layout;
  private static Path manifest;
  private static Path before;
  private static Path after;
  private static String original;
  private static String patched;

  @BeforeAll
  static void image() throws IOException {
    layout = Bundles.make(folder, "image");
    manifest = Bundles.manifest(folder, "\"usr/bin/un*\"");
    before = unpack(folder, "oci:" + layout + ":t");
    original = listing(before);
    Path out = folder.resolve("patched");
    Outcome applied = Cli.ok("apply", "--root", layout, "--output", out, manifest);
    assertThat(applied.out())
        .contains("image:/usr/bin/cat: hook init, ")
        .contains("6 files: 6 patched, 0 already, 0 refused, 0 failed, 0 skipped\n")
        .endsWith("entry point: /usr/bin/uname, hard-wired\n");
    after = unpack(folder, "oci:" + out + ":t");
    patched = listing(after);
  }

  /** What does not depend on the content of patched files. */
  private static List<String> otherLines(String listing) {
    String digest = "[0-9a-f]{64} .*" + PREFIX + "(" + PATCHED + ")";
    return listing.lines().filter(line -> !line.matches(digest)).collect(Collectors.toList());
  }

  @Test
  void nothingElseChanges() {
    assertThat(otherLines(patched)).isEqualTo(otherLines(original));
    assertThat(patched)
        .contains(PREFIX + "su f 4755 0:0 1")
        .contains(PREFIX + "cat f 755 0:0 2")
        .contains(PREFIX + "date f 755 1000:1001 1")
        .contains("security.capability=0x0100000280200000")
        .contains("user.note=0x6b657074")
        .doesNotContain(PREFIX + "ls ");
    assertThat(digests(patched)).doesNotContainAnyElementsOf(digests(original)).hasSize(6);
  }

  private static List<String> digests(String listing) {
    return listing
        .lines()
        .filter(line -> line.matches("[0-9a-f]{64} .*" + PREFIX + "(" + PATCHED + ")"))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"oci-archive", "docker-archive"})
  void archives(String form) throws IOException {
    Path archive = folder.resolve(form + ".tar");
    skopeo("copy", "oci:" + layout + ":t", form + ":" + archive + ":example/t:1");
    Path out = folder.resolve(form + "-out.tar");
    Cli.ok("apply", "--root", archive, "--output", out, manifest);
    assertThat(listing(unpack(folder, form + ":" + out))).isEqualTo(patched);
    Files.copy(archive, folder.resolve(form + "-in-place.tar"));
    Cli.ok("apply", "--root", folder.resolve(form + "-in-place.tar"), manifest);
    assertThat(folder.resolve(form + "-in-place.tar")).has(sameBytesAs(out));
    Outcome again = Cli.ok("apply", "--root", out, "--check", manifest);
    assertThat(again.out()).contains("6 files: 0 pending, 6 already");
    Outcome pending = Cli.run("apply", "--root", archive, "--check", manifest);
    assertThat(pending.status()).isEqualTo(5);
  }

  @Test
  void aLayoutInPlace() throws IOException {
    Path copy = folder.resolve("copy");
    Programs.run("cp", "-a", layout, copy).succeeds();
    Cli.ok("apply", "--root", copy, manifest);
    assertThat(listing(unpack(folder, "oci:" + copy + ":t"))).isEqualTo(patched);
    assertThat(Cli.ok("apply", "--root", copy, manifest).out()).contains("0 patched, 6 already");
  }

  @Test
  void layersThatAreCompressedWithZstd() throws IOException {
    Path directory = folder.resolve("zstd-directory");
    Path other = folder.resolve("zstd");
    String oci = "oci:" + layout + ":t";
    skopeo("copy", "--dest-compress", "--dest-compress-format=zstd", oci, "dir:" + directory);
    skopeo("copy", "dir:" + directory, "oci:" + other + ":t");
    Path out = folder.resolve("zstd-out");
    Cli.ok("apply", "--root", other, "--output", out, manifest);
    String layers = Programs.output("skopeo", "inspect", "--raw", "oci:" + out + ":t");
    assertThat(layers.split("layer.v1.tar\\+zstd", -1)).hasSize(4);
    Path plain = folder.resolve("zstd-plain");
    skopeo("copy", "--dest-decompress", "oci:" + out + ":t", "dir:" + plain);
    assertThat(listing(unpack(folder, "dir:" + plain))).isEqualTo(patched);
  }

  @Test
  void anIndexOfSeveralPlatforms() throws IOException {
    Path other = Bundles.makeAnother(folder, "other");
    Bundles.umoci("config", "--image", other + ":t", "--architecture", "arm64");
    Path both = folder.resolve("both");
    skopeo("copy", "oci:" + layout + ":t", "oci:" + both + ":amd");
    skopeo("copy", "oci:" + other + ":t", "oci:" + both + ":arm");
    Path out = folder.resolve("both-out");
    Outcome applied = Cli.ok("apply", "--root", both, "--output", out, manifest);
    assertThat(applied.out())
        .contains("both:linux/amd64:/usr/bin/cat: hook init")
        .contains("both:linux/arm64:/usr/bin/cat: hook init")
        .contains("entry point of linux/arm64: /usr/bin/uname, hard-wired");
    for (String tag : List.of("amd", "arm")) {
      assertThat(listing(unpack(folder, "oci:" + out + ":" + tag))).isEqualTo(patched);
    }
  }

  @Test
  void theContainerRunsAndDenies() throws IOException {
    assertThat(Bundles.run(before, "uname").succeeds().out()).isEqualTo("Linux\n");
    Outcome denied = Bundles.run(after, "uname");
    assertThat(denied.status()).isEqualTo(1);
    assertThat(denied.err()).contains("Network is down");
    assertThat(Bundles.run(after, "date", "-u", "-d", "@0", "+%s").succeeds().out())
        .isEqualTo("0\n");
  }

  @Test
  void verifyListsWhatIsConfined() {
    Outcome verified =
        Cli.run("verify", "--policy", folder.resolve("p.yaml"), folder.resolve("patched"));
    assertThat(verified.status()).isEqualTo(5);
    assertThat(verified.out())
        .contains("not hard-wired  " + folder.resolve("patched") + ":/usr/bin/dash")
        .contains("confined 5, not hard-wired 2; signed");
    Cli.ok(
        "verify",
        "--policy",
        folder.resolve("p.yaml"),
        "--exclude",
        "dash",
        "--exclude",
        "echo",
        folder.resolve("patched"));
  }

  @Test
  void throughARegistry() throws IOException, InterruptedException {
    try (LoopbackRegistry registry = LoopbackRegistry.start(folder.resolve("registry"))) {
      String image = "docker://" + registry.repository("example/t") + ":";
      skopeo("copy", "--dest-tls-verify=false", "oci:" + layout + ":t", image + "1");
      Path pulled = folder.resolve("pulled");
      skopeo("copy", "--src-tls-verify=false", image + "1", "oci:" + pulled + ":t");
      Cli.ok("apply", "--root", pulled, manifest);
      skopeo("copy", "--dest-tls-verify=false", "oci:" + pulled + ":t", image + "2");
      assertThat(listing(unpack(folder, image + "2"))).isEqualTo(patched);
    }
  }

  @Test
  void theSameInputGivesTheSameBytes() throws IOException {
    Path again = folder.resolve("again");
    Cli.ok("apply", "--root", layout, "--output", again, manifest);
    assertThat(Programs.run("diff", "-r", folder.resolve("patched"), again).succeeds().out())
        .isEmpty();
  }
}
