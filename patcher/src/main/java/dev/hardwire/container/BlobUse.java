package dev.hardwire.container;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.hardwire.container.archive.ArchiveNames;
import dev.hardwire.container.archive.ContainerException;
import java.io.IOException;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which files of an image nothing needs any more, once others have replaced them. */
final class BlobUse {
  private final Container container;
  private final Set<String> superseded = new HashSet<>();
  private final Set<String> kept = new HashSet<>();

  BlobUse(Container container) {
    this.container = container;
  }

  /** The names of the files that may be dropped. */
  Set<String> dropped() {
    Set<String> dropped = new HashSet<>(superseded);
    dropped.removeAll(kept);
    return Collections.unmodifiableSet(dropped);
  }

  /** Remembers that a file was replaced. */
  void supersede(String file) {
    superseded.add(file);
  }

  /** Remembers that a file is needed. */
  void keep(String file) {
    kept.add(file);
  }

  /**
   * Remembers which layers of a changed image were replaced.
   *
   * @param replaced their indexes
   */
  void replaceLayers(ImageParts parts, Set<Integer> replaced) throws IOException {
    List<ImageLayer> layers = parts.layers();
    for (int i = 0; i < layers.size(); i++) {
      String file = container.store().resolved(layers.get(i).file());
      (replaced.contains(i) ? superseded : kept).add(file);
    }
  }

  /** Remembers the blobs of something that stays as it is. */
  void keep(OciDescriptor descriptor) throws IOException {
    kept.add(descriptor.file());
    if (!MediaTypes.isManifest(descriptor.mediaType())) {
      return; // an index, whose parts are kept one by one
    }
    String place = container.store().path() + ": " + descriptor.digest();
    JsonObject manifest = Json.object(container.store().document(descriptor), place);
    kept.add(OciDescriptor.of(manifest.get("config"), place).file());
    for (JsonElement layer : Json.list(manifest, "layers", place)) {
      kept.add(OciDescriptor.of(layer, place).file());
    }
  }

  /** The same for an image in Docker's archives. */
  void keepDocker(JsonObject item, String config, String place) throws IOException {
    kept.add(config);
    JsonArray layers = Json.list(item, "Layers", place);
    for (JsonElement layer : layers) {
      ContainerException.require(
          layer.isJsonPrimitive(), place, "the name of a layer is not a string");
      kept.add(container.store().resolved(ArchiveNames.checked(layer.getAsString(), place)));
    }
  }
}
