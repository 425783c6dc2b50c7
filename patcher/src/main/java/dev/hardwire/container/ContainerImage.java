package dev.hardwire.container;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.hardwire.container.archive.Compression;
import dev.hardwire.container.archive.TarHeader;
import dev.hardwire.output.WorkFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** An image for one platform: its programs, and the contents that replace some of them. */
public final class ContainerImage implements ProgramArchive {
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  /** What separates words of a shell. */
  private static final Pattern SEPARATORS = Pattern.compile("[\\s;&|()<>{}\"'`]+");

  private final ImageParts parts;
  private Optional<LayerCache> cache = Optional.empty();
  private ImageFiles files;
  private final Map<Content, Path> changed = new HashMap<>();

  ContainerImage(ImageParts parts) {
    this.parts = parts;
  }

  /** The digest of its manifest; for Docker's archives, the name of its configuration. */
  public String id() {
    return parts.id();
  }

  /** Takes from a cache what it has of layers when they are read, and keeps there what it lacks. */
  void readThrough(Optional<LayerCache> layers) {
    cache = layers;
  }

  /** Operating system, architecture and variant, such as {@code linux/arm64}. */
  public String platform() {
    return parts.platform();
  }

  @Override
  public Optional<String> layerOf(Program program) {
    List<ImageLayer> layers = parts.layers();
    ImageLayer layer = layers.get(program.layer());
    return Optional.of(
        "%d of %d, %s"
            .formatted(program.layer() + 1, layers.size(), layer.digest().orElse(layer.diffId())));
  }

  @Override
  public List<Program> read(WorkFolder work) throws IOException {
    files = new ImageFiles(work, true);
    files.read(parts.layers(), cache);
    return files.programs();
  }

  @Override
  public void extract(Path directory) throws IOException {
    files.extract(directory);
  }

  @Override
  public Optional<String> packageOf(Program program) {
    return files.packageOf(program);
  }

  @Override
  public void replace(Program program, Path content) {
    changed.put(files.contentOf(program), content);
  }

  /** Whether any program was replaced. */
  public boolean isChanged() {
    return !changed.isEmpty();
  }

  int changes() {
    return changed.size();
  }

  ImageParts parts() {
    return parts;
  }

  /**
   * Writes the layers with what was replaced.
   *
   * @param inPlace whether contents go into the layers that have them, and not into a new one
   */
  List<LayerBuilder.Change> build(WorkFolder work, boolean inPlace) throws IOException {
    List<ImageLayer> layers = parts.layers();
    if (!inPlace) {
      Compression compression =
          layers.get(layers.size() - 1).compression().orElse(Compression.NONE);
      LayerBuilder.Built built =
          new LayerBuilder(files).write(changed, compression, work.newFile());
      return List.of(new LayerBuilder.Change(layers.size(), compression, built));
    }
    List<LayerBuilder.Change> changes = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      int number = i;
      if (changed.keySet().stream().anyMatch(content -> content.layer() == number)) {
        changes.add(LayerBuilder.rewrite(layers.get(i), i, changed, work.newFile()));
      }
    }
    return changes;
  }

  /**
   * A program as it is now.
   *
   * @param name its path in the image, without a slash at the start
   * @param content its bytes
   * @param isReplaced whether they were replaced
   */
  public record Present(String name, Path content, boolean isReplaced) {}

  /** The programs with what was replaced. */
  public List<Present> present() {
    List<Present> all = new ArrayList<>();
    for (Program program : files.programs()) {
      Path replaced = changed.get(files.contentOf(program));
      all.add(
          new Present(
              program.name(), replaced == null ? program.copy() : replaced, replaced != null));
    }
    return all;
  }

  /**
   * The program that a container starts first; symbolic links are followed.
   *
   * @param name its path in the image, without a slash at the start
   * @param content its bytes, also if they were replaced; empty if it is no ELF file
   */
  public record EntryPoint(String name, Optional<Path> content) {}

  /** The program that a container starts first; empty if the image names none that exists. */
  public Optional<EntryPoint> entryPoint() {
    Optional<String> found;
    try {
      found = entryPath();
    } catch (IOException e) { // a loop of symbolic links, or no text
      found = Optional.empty();
    }
    return found.map(this::at);
  }

  private EntryPoint at(String path) {
    Content content = files.nodes().get(path).content().orElseThrow();
    return new EntryPoint(
        TarHeader.shown(path), Optional.ofNullable(changed.get(content)).or(content::copy));
  }

  /**
   * The files that Entrypoint and Cmd name, each once: the first is what a container starts if
   * there is such a file, and it may execute the others. The text of a shell's {@code -c} counts
   * word by word.
   */
  public List<EntryPoint> command() {
    Set<String> found = new LinkedHashSet<>();
    try {
      for (JsonElement argument : words()) {
        String text = argument.isJsonPrimitive() ? argument.getAsString() : "";
        for (String word : SEPARATORS.split(text, -1)) {
          find(word, config(), parts.place()).ifPresent(found::add);
        }
      }
    } catch (IOException e) { // a loop of symbolic links, or no text
      return List.of();
    }
    return found.stream().map(this::at).toList();
  }

  private JsonObject config() throws IOException {
    JsonElement given = parts.config().get("config");
    return given == null || !given.isJsonObject() ? new JsonObject() : given.getAsJsonObject();
  }

  /** Entrypoint, and Cmd behind it. */
  private List<JsonElement> words() throws IOException {
    List<JsonElement> words = new ArrayList<>();
    for (String key : List.of("Entrypoint", "Cmd")) {
      JsonElement given = config().get(key);
      if (given != null && given.isJsonArray()) {
        given.getAsJsonArray().forEach(words::add);
      }
    }
    return words;
  }

  private Optional<String> entryPath() throws IOException {
    List<JsonElement> words = words();
    return words.isEmpty() || !words.get(0).isJsonPrimitive()
        ? Optional.empty()
        : find(words.get(0).getAsString(), config(), parts.place());
  }

  private Optional<String> find(String word, JsonObject config, String place) throws IOException {
    String octets = octets(word);
    if (octets.contains("/")) {
      String directory =
          Json.text(config, "WorkingDir", place).map(ContainerImage::octets).orElse("");
      return file(octets.startsWith("/") ? octets : directory + "/" + octets, place);
    }
    for (String directory : searchPath(config).split(":", -1)) {
      Optional<String> found = file(directory + "/" + octets, place);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static String searchPath(JsonObject config) {
    JsonElement variables = config.get("Env");
    if (variables != null && variables.isJsonArray()) {
      JsonArray list = variables.getAsJsonArray();
      for (JsonElement variable : list) {
        if (variable.isJsonPrimitive() && variable.getAsString().startsWith("PATH=")) {
          return octets(variable.getAsString().substring("PATH=".length()));
        }
      }
    }
    return DEFAULT_PATH;
  }

  private Optional<String> file(String path, String place) throws IOException {
    return files.find(path, place).filter(name -> files.nodes().get(name).content().isPresent());
  }

  private static String octets(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
