package dev.hardwire.live.images;

import static dev.hardwire.live.images.Bundles.listing;
import static dev.hardwire.live.images.Bundles.skopeo;
import static dev.hardwire.live.images.Bundles.unpack;
import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images whose programs are patched inside the layers that have them. */
class SquashTest {
  /** The layer of programs. */
  private static final int PROGRAMS = 0;

  @TempDir static Path folder;

  private static Path layout;
  private static Path manifest;
  private static Path squashed;
  private static Path bundle;
  private static String original;
  private static String expected;
  private static String seen;

  @BeforeAll
  static void image() throws IOException {
    layout = Bundles.make(folder, "image");
    manifest = Bundles.manifest(folder, "[\"usr/bin/un*\", usr/bin/dash]");
    original = listing(unpack(folder, "oci:" + layout + ":t"));
    Path layered = folder.resolve("layered");
    Cli.ok("apply", "--root", layout, "--output", layered, manifest);
    expected = listing(unpack(folder, "oci:" + layered + ":t"));
    squashed = folder.resolve("squashed");
    Outcome applied =
        Cli.ok("apply", "--root", layout, "--output", squashed, "--squash-into", manifest);
    assertThat(applied.out()).contains("7 files: 7 patched");
    bundle = unpack(folder, "oci:" + squashed + ":t");
    seen = listing(bundle);
  }

  @Test
  void aContainerSeesTheSameAsWithANewLayer() {
    assertThat(seen).isEqualTo(expected);
  }

  /** The programs, their attributes and all else are those of the image before it was patched. */
  @ParameterizedTest
  @ValueSource(strings = {"squashed", "layered"})
  void restoreGivesTheOriginalProgramsBack(String name) throws IOException {
    Path restored = folder.resolve("restored-" + name);
    Outcome outcome = Cli.ok("restore", "-o", restored, folder.resolve(name));
    assertThat(outcome.out())
        .contains(folder.resolve(name) + ":/usr/bin/uname: restored, SHA-256 ")
        .contains(" 7 restored, 0 already, 0 refused, 0 failed, ");
    assertThat(listing(unpack(folder, "oci:" + restored + ":t")))
        .isEqualTo(original)
        .isNotEqualTo(expected);
    assertThat(Cli.run("verify", restored).status()).isEqualTo(5);
    if (name.equals("squashed")) {
      assertThat(diffIds(restored)).isEqualTo(diffIds(layout));
    }
    Outcome wrong = Cli.run("restore", "--output-dir", folder, layout);
    assertThat(wrong.status()).isEqualTo(2);
  }

  private static String diffIds(Path image) {
    return json(Programs.output("skopeo", "inspect", "--config", "oci:" + image + ":t"))
        .getAsJsonObject("rootfs")
        .toString();
  }

  private static JsonObject json(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }

  private static List<String> layers(Path image) {
    JsonArray list =
        json(Programs.output("skopeo", "inspect", "--raw", "oci:" + image + ":t"))
            .getAsJsonArray("layers");
    List<String> digests = new ArrayList<>();
    list.forEach(layer -> digests.add(layer.getAsJsonObject().get("digest").getAsString()));
    return digests;
  }

  private static JsonArray history(Path image) {
    return json(Programs.output("skopeo", "inspect", "--config", "oci:" + image + ":t"))
        .getAsJsonArray("history");
  }

  @Test
  void onlyTheLayersWithPatchedProgramsChange() {
    List<String> before = layers(layout);
    List<String> after = layers(squashed);
    assertThat(after).hasSameSizeAs(before);
    String old = before.get(PROGRAMS);
    String changed = after.get(PROGRAMS);
    assertThat(changed).isNotEqualTo(old);
    after.remove(PROGRAMS);
    before.remove(PROGRAMS);
    assertThat(after).isEqualTo(before).hasSize(1);
    assertThat(squashed.resolve("blobs/sha256/" + old.substring(7))).doesNotExist();
    assertThat(squashed.resolve("blobs/sha256/" + changed.substring(7))).exists();
    JsonArray lines = history(squashed);
    JsonObject last = lines.get(lines.size() - 1).getAsJsonObject();
    assertThat(lines).hasSize(history(layout).size() + 1);
    assertThat(last.get("empty_layer").getAsBoolean()).isTrue();
    assertThat(last.get("created_by").getAsString()).isEqualTo("hardwire apply");
  }

  @Test
  void headersOfTheLayerStay() throws IOException {
    String script = "gunzip < \"$1\" | tar --pax-option=globexthdr.name=x -tvf - --numeric-owner";
    List<String> before = entries(script, layout);
    List<String> after = entries(script, squashed);
    String size = " +[0-9]+ (?=[0-9]{4}-)";
    assertThat(after.stream().map(line -> line.replaceAll(size, " ")))
        .containsExactlyElementsOf(
            before.stream().map(line -> line.replaceAll(size, " ")).toList());
    assertThat(after).isNotEqualTo(before);
  }

  private static List<String> entries(String script, Path image) {
    Path blob = image.resolve("blobs/sha256/" + layers(image).get(PROGRAMS).substring(7));
    return Programs.output("sh", "-c", script, "sh", blob).lines().toList();
  }

  @Test
  void theContainerRunsAndDenies() throws IOException {
    Outcome denied = Bundles.run(bundle, "uname");
    assertThat(denied.status()).isEqualTo(1);
    assertThat(denied.err()).contains("Network is down");
  }

  @Test
  void theSameInputGivesTheSameBytes() throws IOException {
    Path again = folder.resolve("again");
    Cli.ok("apply", "--root", layout, "--output", again, "--squash-into", manifest);
    assertThat(Programs.run("diff", "-r", squashed, again).succeeds().out()).isEmpty();
    Outcome once = Cli.ok("apply", "--root", again, "--squash-into", "--check", manifest);
    assertThat(once.out()).contains("7 files: 0 pending, 7 already");
  }

  @ParameterizedTest
  @ValueSource(strings = {"oci-archive", "docker-archive"})
  void archivesLoseTheLayerThatIsReplaced(String form) throws IOException {
    Path archive = folder.resolve(form + ".tar");
    skopeo("copy", "oci:" + layout + ":t", form + ":" + archive + ":example/t:1");
    Path out = folder.resolve(form + "-out.tar");
    Cli.ok("apply", "--root", archive, "--output", out, "--squash-into", manifest);
    assertThat(listing(unpack(folder, form + ":" + out))).isEqualTo(expected);
    assertThat(Programs.output("tar", "-tf", out).lines())
        .hasSameSizeAs(Programs.output("tar", "-tf", archive).lines().toList());
    Cli.ok("apply", "--root", archive, "--squash-into", manifest);
    assertThat(archive).has(sameBytesAs(out));
  }

  /** The other image keeps the layer that both had. */
  @Test
  void aLayerThatAnotherImageNeedsStays() throws IOException {
    Path both = folder.resolve("both");
    Programs.run("cp", "-a", layout, both).succeeds();
    Bundles.umoci("tag", "--image", both + ":t", "u");
    Bundles.umoci("config", "--image", both + ":u", "--architecture", "arm64");
    Path out = folder.resolve("both-out");
    Path changed = folder.resolve("both-bundle");
    Bundles.umoci("unpack", "--image", both + ":u", changed);
    for (String name : List.of("cat", "kitty", "date", "su", "capped", "uname", "dash")) {
      Files.delete(changed.resolve("rootfs/usr/bin").resolve(name));
    }
    Bundles.umoci("repack", "--image", both + ":u", changed);
    String other = listing(unpack(folder, "oci:" + both + ":u"));
    Cli.ok("apply", "--root", both, "--output", out, "--squash-into", manifest);
    assertThat(listing(unpack(folder, "oci:" + out + ":t"))).isEqualTo(expected);
    assertThat(listing(unpack(folder, "oci:" + out + ":u"))).isEqualTo(other);
  }

  @Test
  void itIsForImagesOnly() throws IOException {
    Path tree = Files.createDirectories(folder.resolve("tree"));
    Outcome refused = Cli.run("apply", "--root", tree, "--squash-into", manifest);
    refused.endsWith(2);
    assertThat(refused.err()).contains("--squash-into is for container images");
  }
}
