package dev.hardwire.container;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.UnpackLimit;
import dev.hardwire.input.InputFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** An OCI image layout, an OCI archive, or an archive of {@code docker save}. */
public final class Container implements Closeable {
  static final String LAYOUT = "oci-layout";
  static final String INDEX = "index.json";
  static final String DOCKER = "manifest.json";

  private static final int DEEPEST = 8;
  private static final int MOST_IMAGES = 1000;

  private final Store store;
  private final boolean isOci;
  private final Map<String, ContainerImage> images = new LinkedHashMap<>();
  private final Set<String> seen = new HashSet<>();
  private JsonObject index;
  private final UnpackLimit limit;
  private JsonArray docker;

  private Container(Store store, boolean isOci, UnpackLimit limit) {
    this.store = store;
    this.limit = limit;
    this.isOci = isOci;
  }

  /**
   * Opens an image.
   *
   * @param limit of each layer
   * @throws ContainerException if it is none, or damaged
   */
  public static Container open(Path path, UnpackLimit limit) throws IOException {
    return Files.isDirectory(path)
        ? of(DirectoryStore.open(path), limit)
        : open(path, InputFile.open(path), limit);
  }

  /**
   * Reads an archive.
   *
   * @param input is closed with it, and also if it is damaged
   * @param limit of each layer
   */
  static Container open(Path path, InputFile input, UnpackLimit limit) throws IOException {
    return of(ArchiveStore.of(path, input), limit);
  }

  private static Container of(Store store, UnpackLimit limit) throws IOException {
    boolean isRead = false;
    try {
      Container container = new Container(store, store.has(LAYOUT) && store.has(INDEX), limit);
      container.read();
      isRead = true;
      return container;
    } finally {
      if (!isRead) {
        store.close();
      }
    }
  }

  private void read() throws IOException {
    String place = store.path().toString();
    if (isOci) {
      JsonObject layout = Json.object(store.document(LAYOUT), place + ": " + LAYOUT);
      String version = Json.text(layout, "imageLayoutVersion", place).orElse("");
      ContainerException.require(
          version.equals("1.0.0"),
          place,
          "image layouts of version \"%s\" are not supported".formatted(version));
      index = Json.object(store.document(INDEX), place + ": " + INDEX);
      readIndex(index, INDEX, 0);
      docker = store.has(DOCKER) ? dockerManifest() : null;
    } else {
      ContainerException.require(
          store.has(DOCKER),
          place,
          "not an image: it has neither %s and %s nor %s".formatted(LAYOUT, INDEX, DOCKER));
      docker = dockerManifest();
      for (JsonElement element : docker) {
        JsonObject item = Json.asObject(element, "an image", place + ": " + DOCKER);
        ImageParts parts = ImageParts.ofDocker(store, item, limit);
        images.putIfAbsent(parts.id(), new ContainerImage(parts));
      }
    }
    ContainerException.require(!images.isEmpty(), place, "contains no image");
  }

  private JsonArray dockerManifest() throws IOException {
    return Json.array(store.document(DOCKER), store.path() + ": " + DOCKER);
  }

  private void readIndex(JsonObject list, String name, int depth) throws IOException {
    String place = store.path() + ": " + name;
    ContainerException.require(depth < DEEPEST, place, "more than 8 levels of indexes");
    ContainerException.require(
        !list.has("layers") && !list.has("config"), place, "an index and a manifest in one");
    for (JsonElement element : Json.list(list, "manifests", place)) {
      OciDescriptor descriptor = OciDescriptor.of(element, place);
      if (MediaTypes.isIndex(descriptor.mediaType())) {
        if (seen.add(descriptor.digest())) {
          JsonObject inner =
              Json.object(store.document(descriptor), store.path() + ": " + descriptor.digest());
          readIndex(inner, descriptor.digest(), depth + 1);
        }
      } else if (MediaTypes.isManifest(descriptor.mediaType())) {
        readImage(descriptor);
      } else {
        throw new ContainerException(
            place, "manifests of type \"%s\" are not supported".formatted(descriptor.mediaType()));
      }
    }
  }

  private void readImage(OciDescriptor descriptor) throws IOException {
    if (!seen.add(descriptor.digest())) {
      return;
    }
    ContainerException.require(
        images.size() < MOST_IMAGES, store.path().toString(), "more than 1,000 images");
    ImageParts.of(store, descriptor, limit)
        .ifPresent(parts -> images.put(parts.id(), new ContainerImage(parts)));
  }

  /** The images, in their order. */
  public List<ContainerImage> images() {
    return new ArrayList<>(images.values());
  }

  /** The image with an {@link ContainerImage#id}; null if there is none. */
  ContainerImage image(String id) {
    return images.get(id);
  }

  JsonObject index() {
    return index;
  }

  /** The list of images of Docker's archives; empty if there is none. */
  Optional<JsonArray> docker() {
    return Optional.ofNullable(docker);
  }

  Store store() {
    return store;
  }

  /** Whether it is a layout or an archive of one, and not only an archive of Docker. */
  public boolean isOci() {
    return isOci;
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
