package dev.hardwire.live.images;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.ImageBuilder;
import dev.hardwire.testing.ImageBuilder.Archive;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Layers that tar programs or container runtimes read in different ways: a program that a container
 * sees must not be hidden from verification.
 */
class TarDifferencesTest {
  private static final byte[] NOTHING = {};

  @TempDir Path folder;

  private byte[] plain;
  private byte[] wired;

  @BeforeEach
  void programs() throws IOException {
    plain = Files.readAllBytes(Path.of("/usr/bin/uname"));
    Path file = folder.resolve("wired");
    Cli.ok("patch", "--preset", "no-exec", "-o", file, "/usr/bin/uname");
    wired = Files.readAllBytes(file);
  }

  private Outcome verify(byte[]... layers) throws IOException {
    ImageBuilder image = new ImageBuilder(folder.resolve("image"));
    for (byte[] layer : layers) {
      image.layer(layer);
    }
    return Cli.run("verify", "--allow-unsigned", image.write());
  }

  private static void refused(Outcome outcome, String message) {
    assertThat(outcome.err()).contains(message).startsWith("hardwire: ");
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.status()).isEqualTo(6);
  }

  private byte[] lower() throws IOException {
    return new Archive()
        .directory("usr")
        .directory("usr/bin")
        .file("usr/bin/x", plain)
        .add("bin", '2', "usr/bin", NOTHING)
        .end();
  }

  private Outcome overLower(String name, Consumer<byte[]> edit) throws IOException {
    return verify(lower(), new Archive().add(name, '0', "", wired, edit).end());
  }

  @Test
  void aFileReplacesThatOfALowerLayer() throws IOException {
    verify(lower(), new Archive().file("usr/bin/x", wired).end()).succeeds();
    Outcome other = verify(lower(), new Archive().file("y", wired).end());
    assertThat(other.out()).containsPattern("not hard-wired +.*image:/usr/bin/x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bin/x", "bin/.wh.x", "bin/.wh..wh..opq"})
  void pathsThroughLinksOfLowerLayers(String name) throws IOException {
    Outcome outcome = verify(lower(), new Archive().file("a", wired).file(name, wired).end());
    refused(outcome, "bin: leads through a symbolic link of a lower layer");
  }

  @Test
  void pathsThroughLinksOfTheSameLayer() throws IOException {
    byte[] layer =
        new Archive().directory("b").add("c", '2', "/b", NOTHING).file("c/x", wired).end();
    assertThat(verify(layer).succeeds().out()).contains("image:/b/x");
  }

  @Test
  void aFileOverADirectoryWithoutAnEntry() throws IOException {
    byte[] lower = new Archive().file("d/x", plain).end();
    Outcome outcome = verify(lower, new Archive().file("d", wired).end()).succeeds();
    assertThat(outcome.out()).contains("image:/d").doesNotContain("image:/d/x");
  }

  @ParameterizedTest
  @CsvSource({
    ".wh..wh..opq,   overlayfs ignores an opaque root directory",
    "./.wh..wh..opq, overlayfs ignores an opaque root directory",
    ".wh.,           .wh.: a whiteout that names no file",
    "usr/.wh..,      usr/.wh..: a whiteout that names no file",
  })
  void whiteoutsOfEverything(String name, String message) throws IOException {
    refused(verify(lower(), new Archive().file("y", wired).file(name, NOTHING).end()), message);
  }

  @Test
  void prefixesThatSomeProgramsIgnore() throws IOException {
    Consumer<byte[]> prefix = block -> Archive.put(block, 345, "other");
    refused(
        overLower("usr/bin/x", prefix.andThen(block -> Archive.put(block, 263, "  "))),
        "a header is neither POSIX's nor GNU's");
    refused(
        overLower("usr/bin/x", prefix.andThen(block -> Archive.put(block, 508, "tar"))),
        "a header is neither POSIX's nor GNU's");
    refused(
        overLower("usr/bin/x", prefix.andThen(block -> Archive.put(block, 257, "ustar  "))),
        "a number is not octal");
  }

  @ParameterizedTest
  @CsvSource({
    "path,     L, an entry has two names",
    "linkpath, K, an entry has two links",
  })
  void namesOfPosixAndOfGnu(String keyword, char type, String message) throws IOException {
    String record = keyword + "=usr/bin/x\n";
    byte[] records = (record.length() + 3 + " " + record).getBytes(UTF_8);
    byte[] layer =
        new Archive()
            .add("p", 'x', "", records)
            .add("l", type, "", "y\0".getBytes(UTF_8))
            .file("z", wired)
            .end();
    refused(verify(lower(), layer), message);
  }

  @Test
  void longNamesWithTwoMeanings() throws IOException {
    byte[] name = "usr/bin/x\0".getBytes(UTF_8);
    byte[] twice =
        new Archive().add("l", 'L', "", name).add("l", 'L', "", name).file("z", wired).end();
    refused(verify(lower(), twice), "an entry has two long names");
    byte[] link = "usr\0x\0".getBytes(UTF_8);
    byte[] zero = new Archive().add("l", 'K', "", link).add("z", '2', "", NOTHING).end();
    refused(verify(lower(), zero), "a long name contains a zero byte");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\0" + "0000001000", "\t0000001000\0", "0000001000\t\0"})
  void sizesThatProgramsReadDifferently(String size) throws IOException {
    refused(overLower("usr/bin/x", block -> Archive.put(block, 124, size)), "not octal");
  }

  @Test
  void largeOwnersInBinary() throws IOException {
    byte[] layer =
        new Archive()
            .add("x", '0', "", plain, block -> Archive.put(block, 108, "\u0080\0\0\0\u0012\0\0\1"))
            .end();
    Path image = new ImageBuilder(folder.resolve("image")).layer(layer).write();
    Path manifest = folder.resolve("m.yaml");
    Files.writeString(manifest, "version: 1\nfiles:\n  - match: x\n    preset: no-exec\n");
    Cli.ok("apply", "--root", image, manifest);
    Cli.ok("verify", "--allow-unsigned", image);
  }

  @Test
  void namesThatAreDisplayedAlike() throws IOException {
    byte[] layer = new Archive().file("x\u00fe", plain).file("x\u00ff", wired).end();
    refused(verify(layer), "two programs have this name, as it is displayed");
  }

  @Test
  void manyLongAttributes() throws IOException {
    Archive archive = new Archive();
    String record = "1000011 SCHILY.xattr.user.x=" + "x".repeat(1_000_011 - 29) + "\n";
    byte[] octets = record.getBytes(UTF_8);
    for (int i = 0; i < 68; i++) {
      archive.add("p", 'x', "", octets).file("f" + i, NOTHING);
    }
    byte[] layer = archive.end();
    ImageBuilder image = new ImageBuilder(folder.resolve("image"));
    refused(
        Cli.run("verify", image.layer("", layer, ImageBuilder.digest(layer)).write()),
        "more than 64 MiB of names and attributes");
  }

  @Test
  void documentsOfManyValues() throws IOException {
    ImageBuilder image = new ImageBuilder(folder.resolve("image"));
    String many = "[" + "0,".repeat(200_000) + "0]";
    refused(Cli.run("verify", image.writeManifest(many)), "more than 200,000 values");
  }

  @Test
  void layersWithAnotherConfiguration() throws IOException {
    ImageBuilder image = new ImageBuilder(folder.resolve("image")).layer(lower());
    String index = Files.readString(image.write().resolve("index.json"));
    String digest = index.replaceFirst("(?s).*sha256:([0-9a-f]{64}).*", "$1");
    String manifest = Files.readString(folder.resolve("image/blobs/sha256/" + digest));
    refused(
        Cli.run("verify", image.writeManifest(manifest.replace("oci.image.config.v1", "x"))),
        "configurations of type \"application/vnd.x+json\" are not supported");
  }

  @ParameterizedTest
  @ValueSource(strings = {"loop", "x\":1}", "damaged"})
  void entryPointsThatAreNoPrograms(String name) throws IOException {
    byte[] damaged = {0x7f, 'E', 'L', 'F', 1, 2, 3};
    byte[] layer =
        new Archive()
            .file("x", plain)
            .file("damaged", damaged)
            .add("loop", '2', "loop", NOTHING)
            .end();
    String word = name.startsWith("x") ? "x" : "/" + name;
    Path image = new ImageBuilder(folder.resolve("image")).layer(layer).entryPoint(word).write();
    Path manifest = folder.resolve("m.yaml");
    Files.writeString(manifest, "version: 1\nfiles:\n  - match: x\n    preset: no-exec\n");
    assertThat(Cli.ok("apply", "--root", image, manifest).out()).contains("entry point: ");
  }
}
