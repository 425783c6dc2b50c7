package dev.hardwire.container;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.container.archive.CheckedBlob;
import dev.hardwire.container.archive.ContainerException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Attestations about a manifest, in the two forms in which cosign stores them.
 *
 * <ul>
 *   <li>A manifest whose layers are the attestations. Its tag, which is made from the digest of
 *       what they are about, ends with {@code .att}.
 *   <li>For each attestation, a manifest with a Sigstore bundle, which names what it is about as
 *       its subject (OCI image specification 1.1, manifest.md). A registry lists it as a referrer.
 *       For other registries, an index of these manifests has the tag of the digest (OCI
 *       distribution specification 1.1, "Referrers Tag Schema").
 * </ul>
 *
 * @param blobs documents by the names of their files
 * @param descriptors of the manifest and the index, with their tags, for the index of the layout
 */
record Attachment(Map<String, Bytes> blobs, List<JsonObject> descriptors) {
  private static final String REFERENCE = "org.opencontainers.image.ref.name";
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  private static final String INDEX = "application/vnd.oci.image.index.v1+json";
  private static final String ENVELOPE = "application/vnd.dsse.envelope.v1+json";
  private static final String BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
  private static final String EMPTY = "application/vnd.oci.empty.v1+json";

  /**
   * Attaches attestations.
   *
   * @param subject descriptor of the manifest that they are about
   */
  static Attachment of(JsonObject subject, List<Attester.Attestation> attestations)
      throws IOException {
    Map<String, Bytes> blobs = new TreeMap<>();
    JsonObject named = new JsonObject();
    for (String member : List.of("mediaType", "digest", "size")) {
      named.add(member, subject.get(member));
    }
    String tag = subject.get("digest").getAsString().replace(':', '-');
    JsonObject tagged = withTag(tagged(blobs, named, attestations), tag + ".att");
    JsonObject referrers = withTag(referrers(blobs, named, attestations), tag);
    return new Attachment(blobs, List.of(tagged, referrers));
  }

  private static JsonObject withTag(JsonObject descriptor, String tag) {
    JsonObject reference = new JsonObject();
    reference.addProperty(REFERENCE, tag);
    descriptor.add("annotations", reference);
    return descriptor;
  }

  /** The manifest whose layers are attestations. */
  private static JsonObject tagged(
      Map<String, Bytes> blobs, JsonObject subject, List<Attester.Attestation> attestations) {
    JsonArray layers = new JsonArray();
    JsonArray diffIds = new JsonArray();
    for (Attester.Attestation attestation : attestations) {
      JsonObject layer = add(blobs, ENVELOPE, attestation.envelope().toArray());
      JsonObject annotations = new JsonObject();
      annotations.addProperty("dev.cosignproject.cosign/signature", "");
      annotations.addProperty("predicateType", attestation.predicateType());
      layer.add("annotations", annotations);
      layers.add(layer);
      diffIds.add(layer.get("digest"));
    }
    JsonObject rootfs = new JsonObject();
    rootfs.addProperty("type", "layers");
    rootfs.add("diff_ids", diffIds);
    JsonObject config = new JsonObject();
    config.addProperty("architecture", "");
    config.addProperty("os", "");
    config.add("config", new JsonObject());
    config.add("rootfs", rootfs);
    JsonObject manifest = document(MANIFEST);
    manifest.add("config", add(blobs, CONFIG, Json.bytes(config)));
    manifest.add("layers", layers);
    manifest.add("subject", subject);
    return add(blobs, MANIFEST, Json.bytes(manifest));
  }

  private static JsonObject document(String mediaType) {
    JsonObject document = new JsonObject();
    document.addProperty("schemaVersion", 2);
    document.addProperty("mediaType", mediaType);
    return document;
  }

  /** The index of manifests with bundles. */
  private static JsonObject referrers(
      Map<String, Bytes> blobs, JsonObject subject, List<Attester.Attestation> attestations)
      throws IOException {
    JsonArray manifests = new JsonArray();
    for (Attester.Attestation attestation : attestations) {
      JsonArray layers = new JsonArray();
      layers.add(add(blobs, BUNDLE, Json.bytes(bundle(attestation))));
      JsonObject annotations = new JsonObject();
      annotations.addProperty("dev.sigstore.bundle.content", "dsse-envelope");
      annotations.addProperty("dev.sigstore.bundle.predicateType", attestation.predicateType());
      JsonObject manifest = document(MANIFEST);
      manifest.addProperty("artifactType", BUNDLE);
      manifest.add("config", add(blobs, EMPTY, Json.bytes(new JsonObject())));
      manifest.add("layers", layers);
      manifest.add("subject", subject);
      manifest.add("annotations", annotations);
      JsonObject descriptor = add(blobs, MANIFEST, Json.bytes(manifest));
      descriptor.addProperty("artifactType", BUNDLE);
      descriptor.add("annotations", annotations);
      manifests.add(descriptor);
    }
    JsonObject index = document(INDEX);
    index.add("manifests", manifests);
    return add(blobs, INDEX, Json.bytes(index));
  }

  /** A bundle that is checked by a key (sigstore_bundle.proto), and is in no public log. */
  private static JsonObject bundle(Attester.Attestation attestation) throws IOException {
    JsonObject envelope =
        Json.object(
            attestation.envelope().toArray(), "an attestation"); // with a member that bundles lack
    JsonObject key = new JsonObject();
    for (JsonElement signature : envelope.getAsJsonArray("signatures")) {
      signature.getAsJsonObject().remove("cert");
      // cosign compares the ID of a signature with that of its key, if it has one.
      key.add("hint", signature.getAsJsonObject().remove("keyid"));
    }
    JsonObject material = new JsonObject();
    material.add("publicKey", key);
    JsonObject bundle = new JsonObject();
    bundle.addProperty("mediaType", BUNDLE);
    bundle.add("verificationMaterial", material);
    bundle.add("dsseEnvelope", envelope);
    return bundle;
  }

  private static JsonObject add(Map<String, Bytes> blobs, String type, byte[] content) {
    Bytes bytes = Bytes.wrap(content);
    String digest = CheckedBlob.digest(content);
    JsonObject descriptor = new JsonObject();
    descriptor.addProperty("mediaType", type);
    descriptor.addProperty("digest", digest);
    descriptor.addProperty("size", content.length);
    blobs.put("blobs/" + digest.replace(':', '/'), bytes);
    return descriptor;
  }

  private static String tag(JsonObject descriptor) {
    return descriptor.getAsJsonObject("annotations").get(REFERENCE).getAsString();
  }

  /** The tags under which tools look for them. */
  List<String> tags() {
    return descriptors.stream().map(Attachment::tag).toList();
  }

  /**
   * Puts the descriptors into an index.
   *
   * @throws ContainerException if other attestations have one of the tags
   */
  void addTo(JsonArray manifests, String place) throws IOException {
    for (JsonObject descriptor : descriptors) {
      boolean isThere = false;
      for (JsonElement element : manifests) {
        JsonObject other = element.getAsJsonObject();
        if (other.has("annotations")
            && other.get("annotations").isJsonObject()
            && descriptor
                .getAsJsonObject("annotations")
                .get(REFERENCE)
                .equals(other.getAsJsonObject("annotations").get(REFERENCE))) {
          ContainerException.require(
              other.get("digest").equals(descriptor.get("digest")),
              place,
              "%s already names other attestations; remove them first".formatted(tag(descriptor)));
          isThere = true;
        }
      }
      if (!isThere) {
        manifests.add(descriptor);
      }
    }
  }
}
