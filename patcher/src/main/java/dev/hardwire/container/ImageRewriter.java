package dev.hardwire.container;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Makes the documents of an image whose programs were replaced: only what must change does. */
final class ImageRewriter {
  /** What replaces the documents and the layer of an image. */
  private record Changed(
      JsonObject manifest, String configFile, String layerFile, String oldConfigFile) {}

  private final Container container;
  private final WorkFolder work;
  private final String tool;
  private final Map<String, Changed> changed = new HashMap<>();
  private final Map<String, ByteParts> added = new TreeMap<>();
  private final Set<String> superseded = new HashSet<>();
  private final Set<String> kept = new HashSet<>();

  /**
   * A rewriter.
   *
   * @param tool name and version of what changes the image
   */
  ImageRewriter(Container container, WorkFolder work, String tool) {
    this.container = container;
    this.work = work;
    this.tool = tool;
  }

  /** What to write: new files and changed documents by name, and the names of dropped files. */
  record Result(Map<String, ByteParts> files, Set<String> dropped) {}

  Result rewrite() throws IOException {
    for (ContainerImage image : container.images()) {
      if (image.isChanged()) {
        change(image);
      }
    }
    if (container.isOci()) {
      JsonObject index = index(container.index());
      added.put(Container.INDEX, ByteParts.of(Bytes.wrap(Json.bytes(index))));
    }
    if (container.docker().isPresent()) {
      JsonArray list = docker(container.docker().get());
      added.put(Container.DOCKER, ByteParts.of(Bytes.wrap(Json.bytes(list))));
    }
    superseded.removeAll(kept);
    superseded.removeAll(added.keySet());
    return new Result(added, superseded);
  }

  private void change(ContainerImage image) throws IOException {
    ImageParts parts = image.parts();
    Layer top = parts.layers().get(parts.layers().size() - 1);
    Compression compression = top.compression().orElse(Compression.NONE);
    LayerBuilder.Built layer = image.build(compression, work.newFile());
    Bytes content = FileBytes.open(layer.file()).bytes(); // open until the process ends
    JsonObject config = config(parts.config(), layer.diffId(), image.changes());
    byte[] configBytes = Json.bytes(config);
    boolean isBlob = parts.manifest().isPresent() || parts.id().startsWith("blobs/");
    String configFile = add(ByteParts.of(Bytes.wrap(configBytes)), isBlob, ".json");
    String layerFile = add(ByteParts.of(content), isBlob, ".tar");
    if (parts.manifest().isEmpty()) {
      superseded.add(parts.id());
      changed.put(parts.id(), new Changed(new JsonObject(), configFile, layerFile, parts.id()));
      return;
    }
    JsonObject manifest = parts.manifest().get().deepCopy();
    Descriptor oldConfig = Descriptor.of(manifest.get("config"), parts.place());
    manifest.add("config", oldConfig.forBlob(digest(configFile), configBytes.length));
    JsonArray layers = manifest.getAsJsonArray("layers");
    Descriptor topDescriptor = Descriptor.of(layers.get(layers.size() - 1), parts.place());
    JsonObject added = new JsonObject();
    added.addProperty("mediaType", MediaTypes.layer(topDescriptor.mediaType(), compression));
    added.addProperty("digest", layer.digest());
    added.addProperty("size", layer.size());
    layers.add(added);
    if (!MediaTypes.isDocker(topDescriptor.mediaType())) {
      annotate(manifest, parts.id(), image.changes());
    }
    superseded.add(oldConfig.file());
    changed.put(parts.id(), new Changed(manifest, configFile, layerFile, oldConfig.file()));
  }

  private void annotate(JsonObject manifest, String original, int programs) {
    JsonObject annotations =
        manifest.has("annotations") && manifest.get("annotations").isJsonObject()
            ? manifest.getAsJsonObject("annotations")
            : new JsonObject();
    annotations.addProperty("dev.hardwire.version", tool);
    annotations.addProperty("dev.hardwire.original", original);
    annotations.addProperty("dev.hardwire.programs", Integer.toString(programs));
    manifest.add("annotations", annotations);
  }

  /** The configuration with a layer more. Its date stays. */
  private JsonObject config(JsonObject old, String diffId, int programs) {
    JsonObject config = old.deepCopy();
    config.getAsJsonObject("rootfs").getAsJsonArray("diff_ids").add(diffId);
    JsonElement history = config.get("history");
    if (history != null && history.isJsonArray()) {
      JsonObject line = new JsonObject();
      if (config.has("created")) {
        line.add("created", config.get("created"));
      }
      line.addProperty("created_by", "hardwire apply");
      line.addProperty("comment", "%s: programs hard-wired: %d".formatted(tool, programs));
      history.getAsJsonArray().add(line);
    }
    return config;
  }

  private String add(ByteParts content, boolean isBlob, String suffix) {
    String hex = content.sha256().hex();
    String name = isBlob ? "blobs/sha256/" + hex : hex + suffix;
    added.put(name, content);
    return name;
  }

  private static String digest(String blob) {
    return "sha256:" + Names.last(blob);
  }

  private JsonObject index(JsonObject old) throws IOException {
    String place = container.store().path().toString();
    JsonObject index = old.deepCopy();
    JsonArray list = index.getAsJsonArray("manifests");
    for (int i = 0; i < list.size(); i++) {
      Descriptor descriptor = Descriptor.of(list.get(i), place);
      Optional<JsonObject> replaced = replaced(descriptor);
      if (replaced.isPresent()) {
        byte[] content = Json.bytes(replaced.get());
        String file = add(ByteParts.of(Bytes.wrap(content)), true, "");
        superseded.add(descriptor.file());
        list.set(i, descriptor.forBlob(digest(file), content.length));
      } else {
        keep(descriptor);
      }
    }
    return index;
  }

  private Optional<JsonObject> replaced(Descriptor descriptor) throws IOException {
    if (changed.containsKey(descriptor.digest())) {
      return Optional.of(changed.get(descriptor.digest()).manifest());
    }
    if (!MediaTypes.isIndex(descriptor.mediaType())) {
      return Optional.empty();
    }
    JsonObject inner =
        Json.object(container.store().document(descriptor), container.store().path().toString());
    JsonObject index = index(inner);
    return index.equals(inner) ? Optional.empty() : Optional.of(index);
  }

  /** Remembers the blobs of an image that stays as it is. */
  private void keep(Descriptor descriptor) throws IOException {
    kept.add(descriptor.file());
    ContainerImage image = container.image(descriptor.digest());
    if (image != null) {
      ImageParts parts = image.parts();
      JsonObject manifest = parts.manifest().orElseThrow();
      kept.add(Descriptor.of(manifest.get("config"), parts.place()).file());
    }
  }

  private JsonArray docker(JsonArray old) throws IOException {
    JsonArray list = old.deepCopy();
    for (JsonElement element : list) {
      String place = container.store().path() + ": " + Container.DOCKER;
      JsonObject item = Json.asObject(element, "an image", place);
      String config = Names.checked(Json.text(item, "Config", place).orElse(""), place);
      Optional<Changed> change =
          changed.values().stream().filter(one -> one.oldConfigFile().equals(config)).findFirst();
      if (change.isPresent()) {
        item.add("Config", new JsonPrimitive(change.get().configFile()));
        Json.list(item, "Layers", place).add(change.get().layerFile());
      } else {
        boolean isKnown = !container.isOci() || isConfigOfImage(config);
        ContainerException.require(
            isKnown, place, "it names an image that " + Container.INDEX + " does not name");
        kept.add(config);
      }
    }
    return list;
  }

  private boolean isConfigOfImage(String file) throws IOException {
    for (ContainerImage image : container.images()) {
      ImageParts parts = image.parts();
      JsonElement config = parts.manifest().orElseThrow().get("config");
      if (Descriptor.of(config, parts.place()).file().equals(file)) {
        return true;
      }
    }
    return false;
  }
}
