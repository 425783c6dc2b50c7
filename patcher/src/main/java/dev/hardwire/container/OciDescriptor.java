package dev.hardwire.container;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.hardwire.container.archive.ContainerException;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Names a blob by its digest (OCI image specification, descriptor.md).
 *
 * @param mediaType empty if there is none
 * @param digest such as {@code sha256:0123...}
 * @param size in bytes
 * @param json all members
 */
record OciDescriptor(String mediaType, String digest, long size, JsonObject json) {
  private static final List<String> MEMBERS =
      List.of("mediaType", "digest", "size", "urls", "data", "platform", "annotations");

  private static final Pattern SHA256 = Pattern.compile("sha256:[0-9a-f]{64}");

  static OciDescriptor of(JsonElement element, String place) throws IOException {
    JsonObject json = Json.asObject(element, "a descriptor", place);
    for (String name : json.keySet()) { // programs written in Go ignore the case
      boolean isMember = MEMBERS.stream().anyMatch(name::equalsIgnoreCase);
      ContainerException.require(
          !isMember || MEMBERS.contains(name), place, "a descriptor has \"" + name + "\"");
    }
    String digest = Json.text(json, "digest", place).orElse("");
    ContainerException.require(
        SHA256.matcher(digest).matches(),
        place,
        "\"%s\" is not a SHA-256 digest; others are not supported".formatted(digest));
    JsonElement size = json.get("size");
    boolean isSize =
        size != null && size.isJsonPrimitive() && size.getAsString().matches("[0-9]{1,15}");
    ContainerException.require(isSize, place, "the size of " + digest + " is not a number");
    ContainerException.require(
        !json.has("urls") && !json.has("data"),
        place,
        digest + " lies elsewhere (\"urls\" or \"data\"), which is not supported");
    return new OciDescriptor(
        Json.text(json, "mediaType", place).orElse(""), digest, size.getAsLong(), json);
  }

  static boolean isDigest(String text) {
    return SHA256.matcher(text).matches();
  }

  /** The same descriptor for another blob. */
  JsonObject forBlob(String newDigest, long newSize) {
    JsonObject changed = json.deepCopy();
    changed.add("digest", new JsonPrimitive(newDigest));
    changed.add("size", new JsonPrimitive(newSize));
    return changed;
  }

  /** The name of the blob's file in a layout. */
  String file() {
    return "blobs/" + digest.replace(':', '/');
  }
}
