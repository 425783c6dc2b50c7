package dev.hardwire.container;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The documents of an image with layers that were written anew. */
final class ChangedImage {
  private final ImageParts parts;
  private final List<LayerBuilder.Change> layers;
  private final int programs;
  private final String tool;
  private final String oldConfigFile;
  private Map<Integer, String> layerFiles = Map.of();
  private String configFile = "";
  private JsonObject manifest = new JsonObject();

  /**
   * Starts with the documents of the image.
   *
   * @param programs how many were replaced
   * @param tool name and version of what changes the image
   */
  ChangedImage(ImageParts parts, List<LayerBuilder.Change> layers, int programs, String tool)
      throws IOException {
    this.parts = parts;
    this.layers = layers;
    this.programs = programs;
    this.tool = tool;
    this.oldConfigFile =
        parts.manifest().isPresent()
            ? OciDescriptor.of(parts.manifest().get().get("config"), parts.place()).file()
            : parts.id();
  }

  /** The configuration with the diff IDs of the layers and a line of history; its date stays. */
  JsonObject config() {
    JsonObject config = parts.config().deepCopy();
    JsonArray diffIds = config.getAsJsonObject("rootfs").getAsJsonArray("diff_ids");
    boolean isNewLayer = false;
    for (LayerBuilder.Change layer : layers) {
      isNewLayer |= layer.index() == diffIds.size();
      ImageRewriter.put(diffIds, layer.index(), new JsonPrimitive(layer.built().diffId()));
    }
    JsonElement history = config.get("history");
    if (history != null && history.isJsonArray()) {
      JsonObject line = new JsonObject();
      if (config.has("created")) {
        line.add("created", config.get("created"));
      }
      line.addProperty("created_by", "hardwire apply");
      line.addProperty("comment", tool + ": programs hard-wired: " + programs);
      if (!isNewLayer) {
        line.addProperty("empty_layer", true);
      }
      history.getAsJsonArray().add(line);
    }
    return config;
  }

  void putManifest(String configDigest, long configSize) throws IOException {
    manifest = parts.manifest().orElseThrow().deepCopy();
    OciDescriptor config = OciDescriptor.of(manifest.get("config"), parts.place());
    manifest.add("config", config.forBlob(configDigest, configSize));
    JsonArray list = manifest.getAsJsonArray("layers");
    OciDescriptor top = OciDescriptor.of(list.get(list.size() - 1), parts.place());
    for (LayerBuilder.Change layer : layers) {
      ImageRewriter.put(list, layer.index(), descriptor(list, layer, top));
    }
    if (!MediaTypes.isDocker(top.mediaType())) {
      annotate();
    }
  }

  /** Annotations of a layer that is replaced may be about its bytes: the new one has none. */
  private static JsonObject descriptor(
      JsonArray list, LayerBuilder.Change layer, OciDescriptor top) {
    JsonObject descriptor = new JsonObject();
    if (layer.index() < list.size()) {
      descriptor.add("mediaType", list.get(layer.index()).getAsJsonObject().get("mediaType"));
    } else {
      descriptor.addProperty("mediaType", MediaTypes.layer(top.mediaType(), layer.compression()));
    }
    descriptor.addProperty("digest", layer.built().digest());
    descriptor.addProperty("size", layer.built().size());
    return descriptor;
  }

  private void annotate() {
    JsonObject annotations =
        manifest.has("annotations") && manifest.get("annotations").isJsonObject()
            ? manifest.getAsJsonObject("annotations")
            : new JsonObject();
    annotations.addProperty("dev.hardwire.version", tool);
    annotations.addProperty("dev.hardwire.original", parts.id());
    annotations.addProperty("dev.hardwire.programs", Integer.toString(programs));
    manifest.add("annotations", annotations);
  }

  /** Remembers the names of the new files. */
  void put(Map<Integer, String> newLayerFiles, String newConfigFile) {
    layerFiles = newLayerFiles;
    configFile = newConfigFile;
  }

  /** Files of new layers, by the index that they have in the image. */
  Map<Integer, String> layerFiles() {
    return layerFiles;
  }

  /** How many layers the image had. */
  int layerCount() {
    return parts.layers().size();
  }

  String configFile() {
    return configFile;
  }

  String oldConfigFile() {
    return oldConfigFile;
  }

  JsonObject manifest() {
    return manifest;
  }
}
