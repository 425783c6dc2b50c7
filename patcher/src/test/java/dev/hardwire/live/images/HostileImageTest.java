package dev.hardwire.live.images;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.container.archive.Compression;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.ImageBuilder;
import dev.hardwire.testing.ImageBuilder.Archive;
import dev.hardwire.testing.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images that are damaged, or made to deceive, are refused by name, and nothing is written. */
class HostileImageTest {
  private static final byte[] NOTHING = {};

  @TempDir Path folder;

  private byte[] program;

  @BeforeEach
  void manifest() throws IOException {
    program = Files.readAllBytes(Path.of("/usr/bin/uname"));
    Files.writeString(
        folder.resolve("m.yaml"), "version: 1\nfiles:\n  - match: \"**\"\n    preset: no-exec\n");
  }

  private ImageBuilder image() throws IOException {
    return new ImageBuilder(folder.resolve("image"));
  }

  private Archive good() throws IOException {
    return new Archive().directory("bin").file("bin/uname", program);
  }

  private void refused(Path image, String... messages) throws IOException {
    List<Path> before = files();
    Outcome applied = apply(image);
    assertThat(applied.err()).contains(messages).startsWith("hardwire: ");
    assertThat(applied.err()).doesNotContain("null", ": : ");
    assertThat(applied.err().lines()).hasSize(1);
    assertThat(applied.status()).isEqualTo(6);
    assertThat(files()).isEqualTo(before);
    assertThat(Cli.run("verify", image).status()).isEqualTo(6);
  }

  private Outcome apply(Path image) {
    return Cli.run(
        "apply", "--root", image, "--output", folder.resolve("out"), folder.resolve("m.yaml"));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.sorted().toList();
    }
  }

  @Test
  void aGoodImageIsPatched() throws IOException {
    apply(image().layer(good().end()).entryPoint("bin/uname").write()).succeeds();
    Cli.ok("verify", "--allow-unsigned", folder.resolve("out"));
  }

  @Test
  void anOutputInsideTheImage() throws IOException {
    Path image = image().layer(good().end()).write();
    List<Path> before = files();
    Path output = image.resolve("blobs/out");
    Outcome applied =
        Cli.run("apply", "--root", image, "--output", output, folder.resolve("m.yaml"));
    assertThat(applied.err()).contains("blobs/out: lies in the image that is read");
    assertThat(applied.status()).isEqualTo(6);
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void aLayerThatIsNotCompressed() throws IOException {
    byte[] layer = good().end();
    apply(image().layer("", layer, ImageBuilder.digest(layer)).write()).succeeds();
    Cli.ok("verify", "--allow-unsigned", folder.resolve("out"));
  }

  @ParameterizedTest
  @CsvSource({
    "../bin/x,       'a name with \"..\" leads out of the image'",
    "bin/../../x,    'a name with \"..\" leads out of the image'",
  })
  void namesThatLeadOut(String name, String message) throws IOException {
    refused(image().layer(good().file(name, program).end()).write(), message, name);
  }

  @Test
  void aHardLinkToNoFile() throws IOException {
    byte[] layer = good().add("bin/x", '1', "etc/shadow", NOTHING).end();
    refused(image().layer(layer).write(), "bin/x: a hard link to a file that does not exist");
  }

  @Test
  void aHardLinkOut() throws IOException {
    byte[] layer = good().add("bin/x", '1', "../../etc/shadow", NOTHING).end();
    refused(image().layer(layer).write(), "../../etc/shadow: a name with \"..\"");
  }

  @Test
  void aLoopOfLinks() throws IOException {
    byte[] layer =
        good().add("a", '2', "b", NOTHING).add("b", '2', "a", NOTHING).file("a/x", program).end();
    refused(image().layer(layer).write(), "a: more than 40 symbolic links");
  }

  @ParameterizedTest
  @CsvSource({"S, 0x53", "V, 0x56", "D, 0x44"})
  void typesThatProgramsUnderstandInDifferentWays(char type, String number) throws IOException {
    byte[] layer = good().add("bin/x", type, "", NOTHING).end();
    refused(image().layer(layer).write(), "bin/x: entry of type " + number + " is not supported");
  }

  @Test
  void extendedHeaders() throws IOException {
    byte[] twice = "14 path=bin/a\n14 path=bin/b\n".getBytes(UTF_8);
    byte[] layer = good().add("x", 'x', "", twice).file("bin/x", program).end();
    refused(image().layer(layer).write(), "an extended header has \"path\" twice");
    byte[] global = "14 path=bin/a\n".getBytes(UTF_8);
    layer = good().add("x", 'g', "", global).file("bin/x", program).end();
    refused(image().layer(layer).write(), "a global header with \"path\" is not supported");
    byte[] sparse = "22 GNU.sparse.major=1\n".getBytes(UTF_8);
    layer = good().add("x", 'x', "", sparse).file("bin/x", program).end();
    refused(image().layer(layer).write(), "sparse files in layers are not supported");
  }

  @Test
  void contentBehindTheEnd() throws IOException {
    byte[] first = good().end();
    byte[] second = new Archive().file("bin/y", program).end();
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    refused(image().layer(both).write(), "has content behind its end");
  }

  @Test
  void aTruncatedLayer() throws IOException {
    byte[] layer = good().end();
    byte[] cut = Arrays.copyOf(layer, layer.length - 2048);
    refused(image().layer(cut).write(), "ends early");
  }

  @Test
  void aDamagedHeader() throws IOException {
    byte[] layer = good().end();
    layer[512] ^= 1;
    refused(image().layer(layer).write(), "a header at offset 512 is damaged");
  }

  @Test
  void wrongDigests() throws IOException {
    byte[] layer = good().end();
    String other = ImageBuilder.digest(new byte[1]);
    refused(image().layer("", layer, other).write(), "the layer's content has another digest");
  }

  @Test
  void aBlobWithOtherContent() throws IOException {
    byte[] layer = good().end();
    Path image = image().layer("", layer, ImageBuilder.digest(layer)).write();
    Path blob = image.resolve("blobs/sha256/" + ImageBuilder.digest(layer).substring(7));
    layer[5000] ^= 1;
    Files.write(blob, layer);
    refused(image, "has another digest");
    Files.write(blob, Arrays.copyOf(layer, layer.length + 512));
    refused(image, "has more than", "as its descriptor says");
    Files.delete(blob);
    refused(image, "the image has no such file");
    Files.createSymbolicLink(blob, Path.of("/etc/hostname"));
    refused(image, "not a regular file");
  }

  @Test
  void aLayoutWhoseBlobsLieElsewhere() throws IOException {
    Path image = image().layer(good().end()).write();
    Path elsewhere = folder.resolve("elsewhere");
    Files.move(image.resolve("blobs"), elsewhere);
    Files.createSymbolicLink(image.resolve("blobs"), elsewhere);
    refused(image, "is a symbolic link, which is not followed");
  }

  @Test
  void anotherCompressionThanTheMediaTypeSays() throws IOException {
    byte[] layer = good().end();
    refused(
        image().layer("+gzip", layer, ImageBuilder.digest(layer)).write(),
        "not compressed as its media type says");
  }

  @Test
  void aBomb() throws IOException {
    byte[] zeros = new byte[65 << 20];
    byte[] layer = good().file("zeros", zeros).end();
    Path image = image().layer(layer).write();
    refused(
        image,
        "zeros: has more than 67,108,864 bytes; if you trust the file, allow more by"
            + " --max-unpacked GIB (at offset 67");
    Cli.ok("verify", "--allow-unsigned", "--max-unpacked", "1", image);
    Path wired = folder.resolve("wired");
    Path manifest = folder.resolve("m.yaml");
    Cli.ok("apply", "--root", image, "--output", wired, "--max-unpacked", "1", manifest);
    Cli.run("verify", "--max-unpacked", "0", image).fails(2, "--max-unpacked must be from 1 to");
  }

  @Test
  void aFileBelowAFile() throws IOException {
    byte[] layer = good().file("bin/uname/x", program).end();
    String message = "bin/uname/x: lies below bin/uname, which is no directory";
    refused(image().layer(layer).write(), message);
    byte[] lower = good().end();
    byte[] upper = new Archive().file("bin/uname/deep/x", program).end();
    Path image = image().layer(lower).layer(upper).write();
    refused(image, "bin/uname/deep/x: lies below bin/uname, which is no directory");
    Cli.run("report", image).fails(6, "lies below bin/uname");
    refused(deb("data.tar", layer), message);
    byte[] other = new Archive().file("bin/uname/x", program).file("bin/uname", program).end();
    refused(deb("data.tar", other), "bin/uname: other files lie below it, but it is no directory");
  }

  private Path deb(String name, byte[] data) throws IOException {
    String control = "Package: x\nVersion: 1\nArchitecture: amd64\n";
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("!<arch>\n".getBytes(UTF_8));
    member(out, "debian-binary", "2.0\n".getBytes(UTF_8));
    member(out, "control.tar", new Archive().file("control", control.getBytes(UTF_8)).end());
    member(out, name, data);
    return Files.write(folder.resolve("x.deb"), out.toByteArray());
  }

  private static void member(ByteArrayOutputStream out, String name, byte[] content) {
    out.writeBytes(
        "%-16s%-12d%-6d%-6d%-8s%-10d`\n"
            .formatted(name, 0, 0, 0, "100644", content.length)
            .getBytes(UTF_8));
    out.writeBytes(content);
    out.writeBytes(new byte[content.length % 2]);
  }

  private static byte[] compressed(Compression compression, byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream stream = compression.create(out)) {
      stream.write(content);
    }
    return out.toByteArray();
  }

  private static byte[] joined(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  @Test
  void garbageBehindTheCompressedStream() throws IOException {
    byte[] layer = good().end();
    byte[] gzip = compressed(Compression.GZIP, layer);
    byte[] xz = compressed(Compression.XZ, layer);
    for (int length : new int[] {1, 5, 100, 100_000}) {
      byte[] garbage = new byte[length];
      Arrays.fill(garbage, (byte) 'x');
      String message = "something follows the end of the gzip stream";
      byte[] behind = joined(gzip, garbage);
      refused(image().layer("+gzip", behind, ImageBuilder.digest(layer)).write(), message);
      refused(deb("data.tar.gz", behind), "x.deb: data.tar.gz: ", message);
      refused(deb("data.tar.xz", joined(xz, garbage)), "x.deb: data.tar.xz: ");
    }
    byte[] begun = joined(gzip, new byte[] {0x1f, (byte) 0x8b});
    refused(deb("data.tar.gz", begun), "cannot be unpacked: ends early");
    byte[] two = joined(gzip, compressed(Compression.GZIP, new byte[1024]));
    Path members =
        image().layer("+gzip", two, ImageBuilder.digest(joined(layer, new byte[1024]))).write();
    Cli.ok("verify", "--allow-unsigned", members);
  }

  @Test
  void truncatedAndDamagedStreams() throws IOException {
    byte[] layer = good().end();
    for (Compression compression : List.of(Compression.GZIP, Compression.XZ, Compression.ZSTD)) {
      String name =
          "data.tar."
              + Map.of(Compression.GZIP, "gz", Compression.XZ, "xz")
                  .getOrDefault(compression, "zst");
      byte[] whole = compressed(compression, layer);
      for (int length : new int[] {0, 1, 10, 1000, whole.length - 1}) {
        refused(deb(name, Arrays.copyOf(whole, length)), "x.deb: " + name + ": ", "");
      }
      for (int at : new int[] {2, 20, whole.length / 2, whole.length - 6}) {
        byte[] damaged = whole.clone();
        damaged[at] ^= 0x55;
        refused(deb(name, damaged), "x.deb: " + name + ": ");
      }
    }
  }

  @Test
  void namesThatAreDisplayedAlike() throws IOException {
    byte[] layer =
        good()
            .file(new String("bin/\u00e9".getBytes(UTF_8), ISO_8859_1), program)
            .file(new String("bin/e\u0301".getBytes(UTF_8), ISO_8859_1), program)
            .end();
    refused(image().layer(layer).write(), "two programs have this name, as it is displayed");
    refused(deb("data.tar", layer), "two programs have this name, as it is displayed");
  }

  @Test
  void aByteOrderMark() throws IOException {
    Path image = image().layer(good().end()).write();
    Path index = image.resolve("index.json");
    Files.writeString(index, "\ufeff" + Files.readString(index));
    refused(image, "index.json: not JSON: begins with a byte order mark");
  }

  @Test
  void manifestsWithTwoMeanings() throws IOException {
    ImageBuilder image = image().layer(good().end());
    String manifest = manifestOf(image.write());
    refused(
        image.writeManifest(manifest.replace("\"layers\":", "\"Layers\":[],\"layers\":")),
        "\"layers\" is there twice");
    refused(
        image.writeManifest(manifest.replace("\"layers\":", "\"manifests\":[],\"layers\":")),
        "the manifest is of another type than its descriptor says");
    refused(
        image.writeManifest(
            manifest.replace("oci.image.manifest.v1", "docker.distribution.manifest.v2")),
        "the manifest is of another type than its descriptor says");
    refused(
        image.writeManifest(manifest.replaceFirst("\"digest\":", "\"urls\":[],\"digest\":")),
        "lies elsewhere (\"urls\" or \"data\")");
    refused(
        image.writeManifest(manifest.replaceFirst("\"digest\":", "\"Data\":\"\",\"digest\":")),
        "a descriptor has \"Data\"");
    refused(
        image.writeManifest(manifest.replaceFirst("sha256:", "sha512:")),
        "is not a SHA-256 digest");
    refused(image.writeManifest(manifest + "{}"), "not JSON");
    refused(image.writeManifest("[".repeat(200) + "]".repeat(200)), "nested deeper than 64");
  }

  private static String manifestOf(Path image) throws IOException {
    String index = Files.readString(image.resolve("index.json"));
    String digest = index.replaceFirst("(?s).*sha256:([0-9a-f]{64}).*", "$1");
    return Files.readString(image.resolve("blobs/sha256/" + digest));
  }

  @Test
  void layersWithoutDiffIds() throws IOException {
    ImageBuilder image = image().layer(good().end()).layer(good().end());
    String manifest = manifestOf(image.write());
    int comma = manifest.lastIndexOf(",{");
    refused(
        image.writeManifest(manifest.substring(0, comma) + "]}"),
        "the configuration names 2 layers, but there are 1");
  }

  @Test
  void aFileThatIsNoImage() throws IOException {
    Path archive = folder.resolve("x.tar");
    Files.write(archive, good().end());
    refused(archive, "not an image: it has neither oci-layout and index.json nor manifest.json");
  }

  @Test
  void noImageIsWrittenIfAProgramCannotBePatched() throws IOException {
    byte[] damaged = Arrays.copyOf(program, 100);
    Path image = image().layer(good().file("bin/damaged", damaged).end()).write();
    List<Path> before = files();
    Outcome applied = apply(image);
    assertThat(applied.status()).isEqualTo(3);
    assertThat(applied.err()).contains("image:/bin/damaged: ");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void hostileNamesStayText() throws IOException {
    byte[] layer = good().file("bin/\u001b[31mx", program).end();
    Outcome applied = apply(image().layer(layer).write()).succeeds();
    assertThat(applied.out()).doesNotContain("\u001b");
  }
}
