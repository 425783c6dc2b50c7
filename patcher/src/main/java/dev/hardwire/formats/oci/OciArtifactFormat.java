package dev.hardwire.formats.oci;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.compile.PlainPolicy;
import dev.hardwire.formats.Inexpressible;
import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.SourceText;
import dev.hardwire.policy.text.YamlDocument;
import dev.hardwire.policy.text.YamlNodes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A profile as an artifact for registries, in a directory with the layout of the OCI image
 * specification: one manifest, one layer with the profile as JSON. KEP-6061 of Kubernetes has the
 * media type of the configuration and the bounds.
 */
public record OciArtifactFormat() implements PolicyFormat {
  private static final String PROFILE = "application/vnd.cncf.seccomp-profile.config.v1+json";
  private static final String EMPTY = "application/vnd.oci.empty.v1+json";
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final String INDEX = "index.json";

  /** The maximum size of a profile in bytes. */
  private static final int LARGEST = 1 << 20;

  /** The maximum number of entries for one call. */
  private static final int MOST_ENTRIES = 128;

  /** It is a directory, which has no text. */
  @Override
  public boolean detect(String text) {
    return false;
  }

  /** Writes the profile alone; {@link #layout} puts it into an artifact. */
  @Override
  public String write(Policy policy, Target architecture) {
    Inexpressible.checkRestrictions(policy, this);
    Inexpressible.checkNoNewPrivs(policy, this);
    PlainPolicy plain = PlainPolicy.of(policy, architecture);
    Map<String, Integer> entries = new HashMap<>();
    for (PlainPolicy.PlainRule rule : plain.rules()) {
      if (entries.merge(rule.call(), 1, Integer::sum) > MOST_ENTRIES) {
        throw Inexpressible.by(
            this,
            rule.position(),
            "more than %d rules for %s".formatted(MOST_ENTRIES, rule.call()));
      }
    }
    String profile = OciWriter.write(plain);
    if (profile.getBytes(StandardCharsets.UTF_8).length > LARGEST) {
      throw Inexpressible.by(this, policy.defaultPosition(), "a profile of more than 1 MiB");
    }
    return profile;
  }

  /**
   * The files of an artifact, by their names in its directory; the index, which makes the others
   * count, is the last.
   *
   * @param profile that {@link #write} has made
   */
  public static Map<String, String> layout(String profile) {
    String config = "{}";
    String manifest =
        """
        {
          "schemaVersion": 2,
          "mediaType": "%s",
          "config": {"mediaType": "%s", "digest": "%s", "size": %d},
          "layers": [
            {
              "mediaType": "application/json",
              "digest": "%s",
              "size": %d,
              "annotations": {"org.opencontainers.image.title": "seccomp.json"}
            }
          ]
        }
        """
            .formatted(
                MANIFEST, PROFILE, digest(config), size(config), digest(profile), size(profile));
    String index =
        """
        {
          "schemaVersion": 2,
          "manifests": [{"mediaType": "%s", "digest": "%s", "size": %d}]
        }
        """
            .formatted(MANIFEST, digest(manifest), size(manifest));
    Map<String, String> files = new LinkedHashMap<>();
    files.put("oci-layout", "{\"imageLayoutVersion\": \"1.0.0\"}\n");
    for (String blob : List.of(config, profile, manifest)) {
      files.put(file(digest(blob)), blob);
    }
    files.put(INDEX, index);
    return files;
  }

  private static int size(String blob) {
    return blob.getBytes(StandardCharsets.UTF_8).length;
  }

  private static String digest(String blob) {
    return digest(blob.getBytes(StandardCharsets.UTF_8));
  }

  private static String digest(byte[] blob) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(blob);
      return "sha256:" + HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JVM has it
    }
  }

  private static String file(String digest) {
    return "blobs/" + digest.replace(':', '/');
  }

  @Override
  public ReadPolicy read(List<Path> files, ReadOptions options) throws IOException {
    Path folder = PolicyFiles.only(files);
    Path index = folder.resolve(INDEX);
    if (Files.notExists(index)) {
      throw new FileSystemException(
          folder.toString(),
          null,
          "is a directory without index.json, and so not an OCI artifact; give the file of a policy");
    }
    Path manifest = blob(folder, index, only(index, PolicyFiles.bytes(index), "manifests"));
    byte[] content = PolicyFiles.bytes(manifest);
    Node layer = only(manifest, content, "layers");
    requireProfile(manifest, content);
    Path profile = blob(folder, manifest, layer);
    byte[] json = PolicyFiles.bytes(profile);
    if (json.length > LARGEST) {
      throw new PolicyException(start(profile), "a profile has at most 1 MiB");
    }
    return OciReader.read(json, profile.toString(), options);
  }

  private static Position start(Path file) {
    return new Position(file.toString(), 0, 0);
  }

  private static Map<String, YamlNodes.Field> fields(Path file, byte[] content) {
    Node root = YamlDocument.root(SourceText.decode(content, file.toString()));
    return new YamlNodes(file.toString()).mapping(root, "the file");
  }

  /** The one element of a list. */
  private static Node only(Path file, byte[] content, String key) {
    YamlNodes nodes = new YamlNodes(file.toString());
    YamlNodes.Field field = fields(file, content).get(key);
    List<Node> list = field == null ? List.of() : nodes.list(field.value(), key);
    if (list.size() != 1) {
      throw new PolicyException(
          start(file), "expected one element in \"%s\", not %d".formatted(key, list.size()));
    }
    return list.get(0);
  }

  /** The file that a descriptor names; what is in it has its digest. */
  private static Path blob(Path folder, Path file, Node descriptor) throws IOException {
    YamlNodes nodes = new YamlNodes(file.toString());
    YamlNodes.Field field = nodes.mapping(descriptor, "a descriptor").get("digest");
    String digest = field == null ? "" : nodes.string(field.value(), "digest");
    if (!digest.matches("sha256:[0-9a-f]{64}")) {
      throw nodes.error(descriptor, "expected a digest, as in sha256:HEX");
    }
    Path blob = folder.resolve(file(digest));
    if (!digest(PolicyFiles.bytes(blob)).equals(digest)) {
      throw new PolicyException(start(blob), "the file does not have the digest of its name");
    }
    return blob;
  }

  private static void requireProfile(Path manifest, byte[] content) {
    YamlNodes nodes = new YamlNodes(manifest.toString());
    Map<String, YamlNodes.Field> fields = fields(manifest, content);
    String type = "";
    if (fields.containsKey("config")) {
      YamlNodes.Field own = nodes.mapping(fields.get("config").value(), "config").get("mediaType");
      type = own == null ? "" : nodes.string(own.value(), "mediaType");
    }
    if (type.equals(EMPTY) && fields.containsKey("artifactType")) {
      type = nodes.string(fields.get("artifactType").value(), "artifactType");
    }
    if (!type.equals(PROFILE)) {
      throw new PolicyException(
          start(manifest), "the artifact is no seccomp profile: it has the type \"" + type + "\"");
    }
  }

  @Override
  public String toString() {
    return "oci-artifact";
  }
}
