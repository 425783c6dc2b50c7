package dev.hardwire.live.images;

import static dev.hardwire.live.images.Bundles.skopeo;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.OpensslKey;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attestations of images that cosign finds in a registry, and checks by a key. */
class AttestationToolsTest {
  private static final String PROVENANCE = "https://slsa.dev/provenance/v1";
  private static final String POLICY = "pkg:maven/dev.hardwire/hardwire#docs/predicate-v1.md";
  private static final String BUILD_TYPE = "pkg:maven/dev.hardwire/hardwire#docs/build-type-v1.md";

  @TempDir static Path folder;

  private static Path layout;
  private static Path manifest;
  private static Path attested;
  private static Path withoutEntry;
  private static Path otherPolicy;
  private static String cue;
  private static LoopbackRegistry registry;

  /** The repository of {@link #attested}. */
  private static String pushed;

  @BeforeAll
  static void image() throws IOException, InterruptedException {
    layout = Bundles.make(folder, "image");
    manifest =
        Files.writeString(
            folder.resolve("m.yaml"),
            "version: 1\nfiles:\n  - match: [usr/bin/date, usr/bin/uname]\n    preset: no-exec\n");
    for (String name : List.of("builder", "other")) {
      OpensslKey.make(folder.resolve(name + ".key"), folder.resolve(name + ".pem"), name);
      Files.writeString(
          folder.resolve(name + ".pub"),
          Programs.output(
              "openssl", "x509", "-noout", "-pubkey", "-in", folder.resolve(name + ".pem")));
    }
    attested = attest(layout, "attested");
    String own = Files.readString(manifest);
    Files.writeString(manifest, own.replace(", usr/bin/uname", ""));
    withoutEntry = attest(layout, "without-entry");
    Files.writeString(manifest, own.replace("no-exec", "no-network"));
    otherPolicy = attest(layout, "other-policy");
    Files.writeString(manifest, own);
    String read =
        "import sys, yaml; policy = yaml.safe_load(open(sys.argv[1]))['spec']['authorities'][0];"
            + " print(policy['attestations'][0]['policy']['data'])";
    Path recipe = Path.of("../fixtures/recipes/kubernetes/policy-controller.yaml");
    cue = Programs.output("/usr/bin/python3", "-c", read, recipe);
    registry = LoopbackRegistry.start(folder.resolve("registry"));
    pushed = push(attested, "example/one");
  }

  @AfterAll
  static void stop() {
    if (registry != null) {
      registry.close();
    }
  }

  private static Path attest(Path image, String name, String... more) {
    Path out = folder.resolve(name);
    List<Object> words = new ArrayList<>(List.of("apply", "--root", image, "--output", out));
    words.addAll(List.of("--attest", "--sign-key", folder.resolve("builder.key")));
    words.addAll(List.of("--sign-cert", folder.resolve("builder.pem")));
    words.addAll(List.of("--builder-id", "https://ci.example/job"));
    words.addAll(List.of(more));
    words.add(manifest);
    Outcome applied = Cli.ok(words.toArray());
    assertThat(applied.out()).contains("attestations: " + out + ":sha256-");
    return out;
  }

  private static JsonObject json(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }

  /** The names that the index gives to manifests, with their digests. */
  private static List<String> tags(Path image) throws IOException {
    List<String> tags = new ArrayList<>();
    for (JsonElement element :
        json(Files.readString(image.resolve("index.json"))).getAsJsonArray("manifests")) {
      tags.add(
          element
              .getAsJsonObject()
              .getAsJsonObject("annotations")
              .get("org.opencontainers.image.ref.name")
              .getAsString());
    }
    return tags;
  }

  /** No network but the loopback interface is there: cosign asks nobody else. */
  private static Outcome cosign(String image, String key, String type, Object... more) {
    return Programs.run(
        "env",
        "HTTPS_PROXY=http://127.0.0.1:9",
        "cosign",
        "verify-attestation",
        "--insecure-ignore-tlog",
        "--allow-http-registry",
        "--key",
        folder.resolve(key),
        "--type",
        type,
        image,
        List.of(more));
  }

  private static JsonObject statement(Outcome verified) {
    verified.succeeds();
    byte[] payload = Base64.getDecoder().decode(json(verified.out()).get("payload").getAsString());
    return json(new String(payload, StandardCharsets.UTF_8));
  }

  private static String push(Path image, String name) throws IOException {
    String repository = registry.repository(name);
    for (String tag : tags(image)) {
      skopeo(
          "copy",
          "--all",
          "--dest-tls-verify=false",
          "oci:" + image + ":" + tag,
          "docker://" + repository + ":" + tag);
    }
    return repository;
  }

  @Test
  void cosignChecksThemByKey() {
    String image = pushed + ":t";
    JsonObject provenance = statement(cosign(image, "builder.pub", PROVENANCE));
    assertThat(provenance.get("predicateType").getAsString()).isEqualTo(PROVENANCE);
    JsonObject predicate = provenance.getAsJsonObject("predicate");
    JsonObject definition = predicate.getAsJsonObject("buildDefinition");
    assertThat(definition.get("buildType").getAsString()).isEqualTo(BUILD_TYPE);
    assertThat(definition.getAsJsonArray("resolvedDependencies").get(0).getAsJsonObject())
        .hasToString(
            "{\"name\":\"image\",\"digest\":{\"sha256\":\"%s\"}}".formatted(digest(layout)));
    JsonObject runDetails = predicate.getAsJsonObject("runDetails");
    assertThat(runDetails.getAsJsonObject("builder").get("id").getAsString())
        .isEqualTo("https://ci.example/job");
    JsonObject parameters = definition.getAsJsonObject("externalParameters");
    assertThat(paths(parameters)).containsExactly("/usr/bin/date", "/usr/bin/uname");
    assertThat(parameters.getAsJsonArray("policies")).hasSize(1);
    JsonObject policy = statement(cosign(image, "builder.pub", POLICY));
    assertThat(paths(policy.getAsJsonObject("predicate")))
        .containsExactly("/usr/bin/date", "/usr/bin/uname");
    assertThat(cosign(image, "other.pub", PROVENANCE).status()).isNotZero();
    String plain = pushed + ":plain";
    skopeo("copy", "--dest-tls-verify=false", "oci:" + layout + ":t", "docker://" + plain);
    assertThat(cosign(plain, "builder.pub", POLICY).status()).isNotZero();
  }

  /** The other form: bundles, which a registry lists as referrers of the image. */
  @Test
  void cosignFindsBundlesAmongTheReferrers() throws IOException {
    String image = pushed + ":t";
    Path root = folder.resolve("root.json"); // of no certificate: the key is given
    String type = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
    Files.writeString(root, "{\"mediaType\":\"%s\"}".formatted(type));
    List<Object> bundles = List.of("--new-bundle-format", "--trusted-root", root);
    for (String predicate : List.of(PROVENANCE, POLICY)) {
      JsonObject found = statement(cosign(image, "builder.pub", predicate, bundles.toArray()));
      assertThat(found.get("predicateType").getAsString()).isEqualTo(predicate);
    }
    assertThat(cosign(image, "other.pub", POLICY, bundles.toArray()).status()).isNotZero();
  }

  private static String digest(Path image) {
    return Programs.output("skopeo", "inspect", "--format", "{{.Digest}}", "oci:" + image + ":t")
        .strip()
        .substring("sha256:".length());
  }

  /** The statement about policies that is attached to an image, without its signature. */
  private static JsonObject policyStatement(Path image) throws IOException {
    for (Path blob : Bundles.blobs(image)) {
      String text = Files.readString(blob, StandardCharsets.ISO_8859_1);
      if (text.contains("application/vnd.in-toto+json") && json(text).has("payload")) {
        String payload = json(text).get("payload").getAsString();
        JsonObject statement =
            json(new String(Base64.getDecoder().decode(payload), StandardCharsets.UTF_8));
        if (statement.get("predicateType").getAsString().equals(POLICY)) {
          return statement;
        }
      }
    }
    throw new AssertionError("no statement in " + image);
  }

  @Test
  void theStatementNamesTheEntryPointAndWhatIsNotHardWired() throws IOException {
    JsonObject predicate = policyStatement(attested).getAsJsonObject("predicate");
    assertThat(predicate.getAsJsonArray("entryPoints").toString())
        .isEqualTo(
            "[{\"platform\":\"linux/amd64\",\"path\":\"/usr/bin/uname\",\"hardWired\":true}]");
    List<String> others = new ArrayList<>();
    predicate
        .getAsJsonArray("notHardWired")
        .forEach(one -> others.add(one.getAsJsonObject().get("path").getAsString()));
    assertThat(others)
        .contains("/usr/bin/cat", "/usr/bin/dash", "/usr/bin/echo")
        .doesNotContain("/usr/bin/uname", "/usr/bin/ls")
        .noneMatch(path -> path.contains("libdl.so"));
    JsonObject patch =
        predicate
            .getAsJsonArray("programs")
            .get(0)
            .getAsJsonObject()
            .getAsJsonArray("patches")
            .get(0)
            .getAsJsonObject();
    assertThat(patch.get("policyName").getAsString()).isEqualTo("no-exec");
    assertThat(decisions(predicate)).matches("[0-9a-f]{64}");
  }

  private static String decisions(JsonObject predicate) {
    return predicate
        .getAsJsonArray("programs")
        .get(0)
        .getAsJsonObject()
        .getAsJsonArray("patches")
        .get(0)
        .getAsJsonObject()
        .getAsJsonObject("decisions")
        .get("sha256")
        .getAsString();
  }

  /** The conditions of the recipe for Kyverno, on real statements. */
  @Test
  void kyvernoAdmitsWhatIsHardWiredByAnAcceptedPolicy() throws IOException {
    Path statement = folder.resolve("statement.json");
    JsonObject good = policyStatement(attested);
    Files.writeString(statement, good.toString());
    String accepted = decisions(good.getAsJsonObject("predicate"));
    assertThat(conditions(statement, "0".repeat(64), accepted).succeeds().out()).isEmpty();
    assertThat(conditions(statement, "0".repeat(64)).endsWith(1).out()).contains("decisions");

    Files.writeString(statement, policyStatement(withoutEntry).toString());
    assertThat(conditions(statement, accepted).endsWith(1).out()).contains("[?!hardWired]");
    Files.writeString(statement, policyStatement(otherPolicy).toString());
    assertThat(conditions(statement, accepted).endsWith(1).out())
        .contains("decisions")
        .hasLineCount(1);
  }

  /** The conditions of the recipe for the policy controller, by the evaluator that it uses. */
  @Test
  void thePolicyControllerAdmitsWhatIsHardWiredByAnAcceptedPolicy() throws IOException {
    String accepted = decisions(policyStatement(attested).getAsJsonObject("predicate"));
    String good = pushed + ":t";
    assertThat(statement(cue(good, "0".repeat(64), accepted)).has("predicate")).isTrue();
    assertThat(cue(good, "0".repeat(64)).endsWith(1).err()).contains("predicate.matches");
    String script = push(withoutEntry, "example/script") + ":t";
    assertThat(cue(script, accepted).endsWith(1).err())
        .contains("predicate.entryPoints.0.hardWired");
    String other = push(otherPolicy, "example/other") + ":t";
    assertThat(cue(other, accepted).endsWith(1).err())
        .contains("predicate.matches")
        .doesNotContain("entryPoints");
  }

  /** cosign evaluates CUE as the policy controller does. */
  private static Outcome cue(String image, String... accepted) throws IOException {
    String digests = String.join("\", \"", accepted);
    Path file =
        Files.writeString(
            folder.resolve("policy.cue"),
            cue.replace("SHA-256 of what the policy decides", digests));
    return cosign(image, "builder.pub", POLICY, "--policy", file);
  }

  private static Outcome conditions(Path statement, String... accepted) {
    Path recipes = Path.of("../fixtures/recipes/kubernetes").toAbsolutePath().normalize();
    return Programs.run(
        "/usr/bin/python3",
        recipes.resolve("conditions.py"),
        recipes.resolve("kyverno.yaml"),
        statement,
        List.of(accepted));
  }

  private static List<String> paths(JsonObject predicate) {
    List<String> paths = new ArrayList<>();
    predicate
        .getAsJsonArray("programs")
        .forEach(program -> paths.add(program.getAsJsonObject().get("path").getAsString()));
    return paths;
  }

  /** The index and each of its images have attestations of their own. */
  @Test
  void cosignChecksThoseOfAnIndex() throws IOException {
    Path other = folder.resolve("arm");
    Programs.run("cp", "-a", layout, other).succeeds();
    Bundles.umoci("config", "--image", other + ":t", "--architecture", "arm64");
    Path both = folder.resolve("both");
    skopeo("copy", "oci:" + layout + ":t", "oci:" + both + ":amd");
    skopeo("copy", "oci:" + other + ":t", "oci:" + both + ":arm");
    nest(both);
    Path out = attest(both, "both-out");
    assertThat(tags(out)).hasSize(7);
    String repository = push(out, "example/both");
    JsonObject whole = statement(cosign(repository + ":both", "builder.pub", PROVENANCE));
    assertThat(paths(parameters(whole))).hasSize(4);
    for (String tag : tags(out)) {
      if (tag.endsWith(".att")) {
        String digest = tag.replace("sha256-", "sha256:").replace(".att", "");
        statement(cosign(repository + "@" + digest, "builder.pub", POLICY));
      }
    }
  }

  private static JsonObject parameters(JsonObject statement) {
    return statement
        .getAsJsonObject("predicate")
        .getAsJsonObject("buildDefinition")
        .getAsJsonObject("externalParameters");
  }

  /** Makes an index of all images of a layout, and leaves it as the only one with a name. */
  private static void nest(Path image) {
    String script =
        """
        set -e
        cd "$1"
        jq -c 'del(.manifests[].annotations) | .mediaType = "application/vnd.oci.image.index.v1+json"' \
          index.json > inner
        digest=$(sha256sum < inner | cut -d' ' -f1)
        size=$(stat -c %s inner)
        mv inner "blobs/sha256/$digest"
        jq -nc --arg digest "sha256:$digest" --argjson size "$size" '{schemaVersion: 2, manifests: [{
          mediaType: "application/vnd.oci.image.index.v1+json", digest: $digest, size: $size,
          annotations: {"org.opencontainers.image.ref.name": "both"}}]}' > index.json
        """;
    Programs.run("sh", "-c", script, "sh", image).succeeds();
  }

  @Test
  void archivesHaveThemToo() throws IOException {
    Path archive = folder.resolve("archive.tar");
    skopeo("copy", "oci:" + layout + ":t", "oci-archive:" + archive + ":t");
    Path out = attest(archive, "archive-out.tar", "--squash-into");
    String index = Programs.output("tar", "-xOf", out, "index.json");
    assertThat(json(index).getAsJsonArray("manifests")).hasSize(3);
    assertThat(index).contains(".att\"");
  }

  @Test
  void theSameInputGivesTheSameAttestations() {
    Path again = folder.resolve("again/attested");
    assertThat(again.getParent().toFile().mkdir()).isTrue();
    attest(layout, "again/attested");
    assertThat(Programs.run("diff", "-r", attested, again).succeeds().out()).isEmpty();
  }

  /** The original is put beside the result, and patched to the same image once more. */
  @Test
  void attestationsOfOthersAreNotReplaced() throws IOException {
    Path again = Files.createDirectories(folder.resolve("beside")).resolve("attested");
    Programs.run("cp", "-a", attested, again).succeeds();
    skopeo("copy", "oci:" + layout + ":t", "oci:" + again + ":original");
    String before = Files.readString(again.resolve("index.json"));
    List<Object> apply = List.of("apply", "--root", again, manifest, "--attest", "--sign-key");
    Outcome refused =
        Cli.run(apply, folder.resolve("other.key"), "--sign-cert", folder.resolve("other.pem"));
    refused.endsWith(6);
    assertThat(refused.err()).contains(".att already names other attestations; remove them first");
    assertThat(Files.readString(again.resolve("index.json"))).isEqualTo(before);
    Cli.ok(
        apply,
        folder.resolve("builder.key"),
        "--sign-cert",
        folder.resolve("builder.pem"),
        "--builder-id",
        "https://ci.example/job");
  }

  @Test
  void refusals() throws IOException {
    Path key = folder.resolve("builder.key");
    Path archive = folder.resolve("docker.tar");
    skopeo("copy", "oci:" + layout + ":t", "docker-archive:" + archive + ":example/t:1");
    assertThat(refused("--root", archive, "--attest", "--sign-key", key))
        .contains("--attest is for OCI image layouts and OCI archives");
    assertThat(refused("--root", layout, "--attest")).contains("--attest requires --sign-key KEY");
    assertThat(refused("--root", layout, "--sign-key", key))
        .contains("options about signing require --attest");
    assertThat(refused("--root", layout, "--builder-id", "https://ci.example"))
        .contains("--builder-id requires --attest");
    assertThat(
            refused("--root", layout, "--attest", "--sign-key", key, "--builder-id", "no-scheme"))
        .contains("is not a URI with a scheme");
  }

  private static String refused(Object... words) {
    List<Object> all = new ArrayList<>(List.of("apply"));
    all.addAll(List.of(words));
    all.add(manifest);
    Outcome outcome = Cli.run(all.toArray());
    outcome.endsWith(2);
    return outcome.err();
  }
}
