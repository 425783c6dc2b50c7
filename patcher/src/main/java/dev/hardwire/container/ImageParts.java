package dev.hardwire.container;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.hardwire.container.archive.ArchiveNames;
import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.UnpackLimit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The documents of an image for one platform.
 *
 * @param place for messages
 * @param id the digest of the manifest, or the name of the configuration
 * @param manifest empty in Docker's archives
 * @param config the configuration
 * @param layers the lowest first
 */
record ImageParts(
    String place,
    String id,
    Optional<JsonObject> manifest,
    JsonObject config,
    List<ImageLayer> layers) {
  private static final int MOST_LAYERS = 1000;

  /** Reads an image by its manifest; empty if it is something else, such as an attestation. */
  static Optional<ImageParts> of(Store store, OciDescriptor descriptor, UnpackLimit limit)
      throws IOException {
    String place = store.path() + ": " + descriptor.digest();
    JsonObject manifest = Json.object(store.document(descriptor), place);
    String type = Json.text(manifest, "mediaType", place).orElse(descriptor.mediaType());
    ContainerException.require(
        type.equals(descriptor.mediaType()) && !manifest.has("manifests"),
        place,
        "the manifest is of another type than its descriptor says");
    OciDescriptor configuration = OciDescriptor.of(manifest.get("config"), place);
    JsonArray list = Json.list(manifest, "layers", place);
    List<OciDescriptor> descriptors = new ArrayList<>();
    int archives = 0;
    for (JsonElement element : list) {
      OciDescriptor layer = OciDescriptor.of(element, place);
      descriptors.add(layer);
      archives += MediaTypes.isLayer(layer.mediaType()) ? 1 : 0;
    }
    if (archives == 0) {
      return Optional.empty();
    }
    ContainerException.require(
        MediaTypes.isConfiguration(configuration.mediaType()),
        place,
        "configurations of type \"%s\" are not supported".formatted(configuration.mediaType()));
    for (OciDescriptor layer : descriptors) {
      ContainerException.require(
          MediaTypes.isLayer(layer.mediaType()),
          place,
          "layers of type \"%s\" are not supported".formatted(layer.mediaType()));
    }
    JsonObject config = Json.object(store.document(configuration), place + ": configuration");
    List<String> diffIds = diffIds(config, place, descriptors.size());
    List<ImageLayer> layers = new ArrayList<>();
    for (int i = 0; i < descriptors.size(); i++) {
      OciDescriptor layer = descriptors.get(i);
      layers.add(
          new ImageLayer(
              store,
              layer.file(),
              Optional.of(layer.digest()),
              layer.size(),
              diffIds.get(i),
              Optional.of(MediaTypes.compression(layer.mediaType())),
              limit));
    }
    return Optional.of(
        new ImageParts(place, descriptor.digest(), Optional.of(manifest), config, layers));
  }

  /** Reads an image by its element in Docker's {@code manifest.json}. */
  static ImageParts ofDocker(Store store, JsonObject element, UnpackLimit limit)
      throws IOException {
    String place = store.path() + ": manifest.json";
    String name = ArchiveNames.checked(Json.text(element, "Config", place).orElse(""), place);
    JsonObject config = Json.object(store.document(name), store.path() + ": " + name);
    JsonArray list = Json.list(element, "Layers", place);
    List<String> diffIds = diffIds(config, place, list.size());
    List<ImageLayer> layers = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      ContainerException.require(
          list.get(i).isJsonPrimitive(), place, "the name of a layer is not a string");
      String file = ArchiveNames.checked(list.get(i).getAsString(), place);
      layers.add(
          new ImageLayer(
              store,
              file,
              Optional.empty(),
              store.size(file),
              diffIds.get(i),
              Optional.empty(),
              limit));
    }
    return new ImageParts(place, name, Optional.empty(), config, layers);
  }

  private static List<String> diffIds(JsonObject config, String place, int layers)
      throws IOException {
    JsonArray list = Json.list(Json.object(config, "rootfs", place), "diff_ids", place);
    ContainerException.require(
        list.size() == layers,
        place,
        "the configuration names %d layers, but there are %d".formatted(list.size(), layers));
    ContainerException.require(layers <= MOST_LAYERS, place, "more than 1,000 layers");
    List<String> diffIds = new ArrayList<>();
    for (JsonElement element : list) {
      boolean isDigest = element.isJsonPrimitive() && OciDescriptor.isDigest(element.getAsString());
      ContainerException.require(isDigest, place, "a diff ID is not a SHA-256 digest");
      diffIds.add(element.getAsString());
    }
    return diffIds;
  }

  String platform() {
    StringBuilder text = new StringBuilder();
    for (String key : List.of("os", "architecture", "variant")) {
      JsonElement value = config.get(key);
      if (value != null && value.isJsonPrimitive() && !value.getAsString().isEmpty()) {
        text.append(text.length() == 0 ? "" : "/").append(value.getAsString());
      }
    }
    return text.toString();
  }
}
