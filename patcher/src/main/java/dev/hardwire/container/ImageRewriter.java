package dev.hardwire.container;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.container.archive.ArchiveNames;
import dev.hardwire.container.archive.CheckedBlob;
import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.output.WorkFolder;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Makes the documents of an image whose programs were replaced: only what must change does. */
final class ImageRewriter implements Closeable {
  private final Container container;
  private final WorkFolder work;
  private final ContainerWriter.Request request;
  private final Map<String, ChangedImage> changed = new HashMap<>();
  private final Map<String, Bytes> added = new TreeMap<>();
  private final BlobUse use;
  private final Map<String, Attester.Subject> subjects = new LinkedHashMap<>();
  private final Map<String, JsonObject> descriptors = new HashMap<>();
  private final List<String> tags = new ArrayList<>();
  private final List<FileBytes> open = new ArrayList<>();

  ImageRewriter(Container container, WorkFolder work, ContainerWriter.Request request) {
    this.container = container;
    this.work = work;
    this.request = request;
    this.use = new BlobUse(container);
  }

  /**
   * What to write; valid until the rewriter is closed.
   *
   * @param files new files and changed documents by name
   * @param use of the files that were there
   * @param tags of attestations
   */
  record Result(Map<String, Bytes> files, BlobUse use, List<String> tags) {}

  Result rewrite() throws IOException {
    for (ContainerImage image : container.images()) {
      if (image.isChanged()) {
        change(image);
      }
    }
    if (container.isOci()) {
      JsonObject index = index(container.index(), new ArrayList<>());
      attach(index.getAsJsonArray("manifests"));
      added.put(Container.INDEX, Bytes.wrap(Json.bytes(index)));
    }
    if (container.docker().isPresent()) {
      JsonArray list = docker(container.docker().get());
      added.put(Container.DOCKER, Bytes.wrap(Json.bytes(list)));
    }
    added.keySet().forEach(use::keep);
    return new Result(added, use, tags);
  }

  private void change(ContainerImage image) throws IOException {
    ImageParts parts = image.parts();
    boolean isBlob = parts.manifest().isPresent() || parts.id().startsWith("blobs/");
    List<LayerBuilder.Change> layers = image.build(work, request.intoTheirLayers());
    Map<Integer, String> files = new TreeMap<>();
    for (LayerBuilder.Change layer : layers) {
      files.put(layer.index(), add(layer.built(), isBlob));
    }
    ChangedImage change = new ChangedImage(parts, layers, image.changes(), request.tool());
    byte[] config = Json.bytes(change.config());
    String configFile = add(config, isBlob);
    use.replaceLayers(parts, files.keySet());
    change.put(files, configFile);
    changed.put(parts.id(), change);
    use.supersede(change.oldConfigFile());
    if (parts.manifest().isPresent()) {
      change.putManifest(digest(configFile), config.length);
    }
  }

  private String add(LayerBuilder.Built layer, boolean isBlob) throws IOException {
    String hex = layer.digest().substring(layer.digest().indexOf(':') + 1);
    FileBytes content = FileBytes.open(layer.file());
    open.add(content);
    String name = isBlob ? "blobs/sha256/" + hex : hex + ".tar";
    added.put(name, content.bytes());
    return name;
  }

  private String add(byte[] document, boolean isBlob) {
    String hex = ArchiveNames.last(CheckedBlob.digest(document).replace(':', '/'));
    String name = isBlob ? "blobs/sha256/" + hex : hex + ".json";
    added.put(name, Bytes.wrap(document));
    return name;
  }

  private static String digest(String blob) {
    return "sha256:" + ArchiveNames.last(blob);
  }

  /**
   * An index with what it names replaced.
   *
   * @param images takes the changed images that it names
   */
  private JsonObject index(JsonObject old, List<ContainerImage> images) throws IOException {
    String place = container.store().path().toString();
    JsonObject index = old.deepCopy();
    JsonArray list = index.getAsJsonArray("manifests");
    for (int i = 0; i < list.size(); i++) {
      OciDescriptor descriptor = OciDescriptor.of(list.get(i), place);
      List<ContainerImage> own = new ArrayList<>();
      Optional<JsonObject> replaced = replaced(descriptor, own);
      if (replaced.isPresent()) {
        byte[] content = Json.bytes(replaced.get());
        String file = add(content, true);
        use.supersede(descriptor.file());
        JsonObject written = descriptor.forBlob(digest(file), content.length);
        list.set(i, written);
        String digest = digest(file);
        subjects.putIfAbsent(digest, new Attester.Subject(digest, descriptor.digest(), own));
        descriptors.putIfAbsent(digest, written);
        images.addAll(own);
      } else {
        use.keep(descriptor);
      }
    }
    return index;
  }

  private Optional<JsonObject> replaced(OciDescriptor descriptor, List<ContainerImage> images)
      throws IOException {
    if (changed.containsKey(descriptor.digest())) {
      images.add(container.image(descriptor.digest()));
      return Optional.of(changed.get(descriptor.digest()).manifest());
    }
    if (!MediaTypes.isIndex(descriptor.mediaType())) {
      return Optional.empty();
    }
    JsonObject inner =
        Json.object(container.store().document(descriptor), container.store().path().toString());
    JsonObject index = index(inner, images);
    return index.equals(inner) ? Optional.empty() : Optional.of(index);
  }

  /** Puts attestations beside what was written. */
  private void attach(JsonArray manifests) throws IOException {
    for (Attester.Subject subject : subjects.values()) {
      List<Attester.Attestation> attestations = request.attester().attest(subject);
      if (!attestations.isEmpty()) {
        Attachment attachment = Attachment.of(descriptors.get(subject.digest()), attestations);
        added.putAll(attachment.blobs());
        attachment.addTo(manifests, container.store().path().toString());
        tags.addAll(attachment.tags());
      }
    }
  }

  private JsonArray docker(JsonArray old) throws IOException {
    JsonArray list = old.deepCopy();
    for (JsonElement element : list) {
      String place = container.store().path() + ": " + Container.DOCKER;
      JsonObject item = Json.asObject(element, "an image", place);
      String config = ArchiveNames.checked(Json.text(item, "Config", place).orElse(""), place);
      Optional<ChangedImage> change =
          changed.values().stream().filter(one -> one.oldConfigFile().equals(config)).findFirst();
      if (change.isPresent()) {
        item.add("Config", new JsonPrimitive(change.get().configFile()));
        JsonArray layers = Json.list(item, "Layers", place);
        ContainerException.require(
            layers.size() == change.get().layerCount(),
            place,
            "it does not name as many layers as the image has");
        change.get().layerFiles().forEach((i, file) -> put(layers, i, new JsonPrimitive(file)));
      } else {
        boolean isKnown = !container.isOci() || isConfigOfImage(config);
        ContainerException.require(
            isKnown, place, "it names an image that " + Container.INDEX + " does not name");
        use.keepDocker(item, config, place);
      }
    }
    return list;
  }

  /** Replaces an element of a list, or adds one at its end. */
  static void put(JsonArray list, int index, JsonElement element) {
    if (index == list.size()) {
      list.add(element);
    } else {
      list.set(index, element);
    }
  }

  private boolean isConfigOfImage(String file) throws IOException {
    for (ContainerImage image : container.images()) {
      ImageParts parts = image.parts();
      JsonElement config = parts.manifest().orElseThrow().get("config");
      if (OciDescriptor.of(config, parts.place()).file().equals(file)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() throws IOException {
    for (FileBytes file : open) {
      file.close();
    }
  }

  /** Which files of an image nothing needs any more, once others have replaced them. */
  static final class BlobUse {
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
}
