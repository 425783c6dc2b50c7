package dev.hardwire.live.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.container.ImagePrograms;
import dev.hardwire.container.LayerCache;
import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.UnpackLimit;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was read of layers is not read again. */
class LayerCacheTest {
  @TempDir private Path folder;
  private Path image;
  private Path cache;

  @BeforeEach
  void image() throws IOException {
    image = Bundles.make(folder, "image");
    cache = folder.resolve("cache");
  }

  /** The programs with their packages, layers and contents. */
  private List<String> read(String version) throws IOException {
    Optional<LayerCache> layers =
        version.isEmpty() ? Optional.empty() : Optional.of(new LayerCache(cache, version));
    try (ImagePrograms programs = new ImagePrograms(UnpackLimit.USUAL, layers)) {
      List<String> found = new ArrayList<>();
      for (TreeEntry entry : programs.add(image)) {
        byte[] content = Files.readAllBytes(entry.content().orElseThrow());
        found.add(
            "%s %s %s %s %s"
                .formatted(
                    entry.relative(),
                    entry.otherNames().stream().map(TreeEntry::relative).toList(),
                    programs.packageOf(entry),
                    programs.layerOf(entry),
                    Arrays.hashCode(content)));
      }
      return found;
    }
  }

  /** Damages the largest blob, which is a layer; its size stays. */
  private void damageLayer() throws IOException {
    Path layer =
        Bundles.blobs(image).stream()
            .max(Comparator.comparingLong(file -> file.toFile().length()))
            .orElseThrow();
    byte[] content = Files.readAllBytes(layer);
    content[content.length / 2] ^= 1;
    Files.write(layer, content);
  }

  /**
   * The files of the cache, each of which is another one when it was written again. What is said of
   * the state of blobs comes when they are three seconds old.
   */
  private Map<Path, Object> kept() throws IOException {
    Map<Path, Object> files = new HashMap<>();
    List<Path> all = new ArrayList<>(kept(""));
    all.removeAll(kept(".blobs"));
    for (Path file : all) {
      files.put(file, Files.getAttribute(file, "unix:ino"));
    }
    return files;
  }

  private List<Path> kept(String ending) throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      return files.filter(file -> file.toString().endsWith(ending)).toList();
    }
  }

  @Test
  void layersThatWereReadAreNotUnpackedAgain() throws IOException {
    List<String> first = read("");
    assertThat(read("1")).isEqualTo(first).isNotEmpty();
    Map<Path, Object> before = kept();
    assertThat(read("1")).isEqualTo(first);
    assertThat(kept()).isEqualTo(before);
  }

  /** What is in the cache is about a digest, and the blob under its name may be another one. */
  @Test
  void layersWithAnotherDigestAreRefused() throws IOException {
    read("1");
    damageLayer();
    for (String version : List.of("", "1", "2")) {
      assertThatThrownBy(() -> read(version)).isInstanceOf(ContainerException.class);
    }
  }

  @Test
  void whatIsDamagedOrMissingIsReadAgain() throws IOException {
    List<String> first = read("1");
    Path program = kept(".program").get(0);
    byte[] content = Files.readAllBytes(program);
    content[100] ^= 1;
    Files.write(program, content);
    assertThat(read("1")).isEqualTo(first);
    Files.delete(program);
    assertThat(read("1")).isEqualTo(first);
    for (Path list : kept(".layer")) {
      byte[] text = Files.readAllBytes(list);
      text[text.length - 1] ^= 1;
      Files.write(list, text);
    }
    assertThat(read("1")).isEqualTo(first);
    Map<Path, Object> before = kept();
    assertThat(read("1")).isEqualTo(first);
    assertThat(kept()).isEqualTo(before);
  }

  @Test
  void foldersThatOthersCanWriteAreNotUsed() throws IOException {
    read("1");
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
    Map<Path, Object> before = kept();
    read("2");
    assertThat(kept()).isEqualTo(before);
  }
}
