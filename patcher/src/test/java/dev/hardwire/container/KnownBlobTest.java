package dev.hardwire.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.UnpackLimit;
import dev.hardwire.os.AgedMarks;
import dev.hardwire.os.ContentMarks;
import dev.hardwire.output.CacheFolder;
import dev.hardwire.testing.ImageBuilder;
import dev.hardwire.testing.Programs;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A blob is not read again as long as its file is the same, and always if anything else is. */
class KnownBlobTest {
  /** Bytes that a command reads beside the blob, at most. */
  private static final long OTHERS = 1 << 20;

  /** Of the data in an archive. Archives that are not larger than eight megabytes are read. */
  private static final int IN_ARCHIVE = 9 << 20;

  /** Of the data in a layout. */
  private static final int IN_LAYOUT = 2 << 20;

  /**
   * A layer with a program.
   *
   * @param data how many bytes lie beside it, which cannot be compressed
   */
  private record Layer(byte[] archive, String digest, int data) {
    static Layer make(int data) throws IOException {
      byte[] octets = new byte[data];
      new Random(1).nextBytes(octets);
      byte[] archive =
          new ImageBuilder.Archive()
              .directory("usr")
              .directory("usr/bin")
              .file("usr/bin/ls", Files.readAllBytes(Path.of("/usr/bin/ls")))
              .file("data", octets)
              .end();
      return new Layer(archive, ImageBuilder.digest(archive), data);
    }

    Path layout(Path folder) throws IOException {
      return new ImageBuilder(folder).layer("", archive, digest).write();
    }
  }

  /** Forms of images. */
  private enum Form {
    LAYOUT,
    OCI_ARCHIVE,
    /** Of {@code docker save} since version 25: a layout with Docker's list. */
    DOCKER_LAYOUT,
    /** Of earlier ones, without digests of blobs. */
    DOCKER_ARCHIVE
  }

  @TempDir private static Path common;
  private static Layer large;
  private static Layer medium;

  @TempDir private Path folder;
  private Layer layer = medium;
  private Path layout;
  private Path blob;
  private Path cache;
  private ContentMarks marks = AgedMarks.make();

  @BeforeAll
  static void makeLayers() throws IOException {
    medium = Layer.make(IN_LAYOUT);
    medium.layout(common.resolve(medium.digest()));
    large = Layer.make(IN_ARCHIVE);
    large.layout(common.resolve(large.digest()));
  }

  @BeforeEach
  void image() throws IOException {
    layout = layout("layout");
    blob = blobIn(layout);
    cache = folder.resolve("cache");
  }

  private Path layout(String name) throws IOException {
    return copy(common.resolve(layer.digest()), folder.resolve(name));
  }

  private static Path copy(Path image, Path target) throws IOException {
    try (Stream<Path> files = Files.walk(image)) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(image.relativize(file)));
      }
    }
    return target;
  }

  private Path blobIn(Path image) {
    return image.resolve("blobs/sha256/" + layer.digest().substring(7));
  }

  /** The same image in another form. */
  private Path make(Form form) throws IOException {
    if (form == Form.LAYOUT) {
      return layout;
    }
    if (layer.equals(medium)) {
      layer = large;
      layout = layout("large");
      blob = blobIn(layout);
    }
    Path files = form == Form.DOCKER_ARCHIVE ? folder.resolve("docker") : layout;
    Files.createDirectories(files);
    String config =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"%s\"]}}"
            .formatted(layer.digest());
    if (form == Form.DOCKER_ARCHIVE) {
      Files.write(files.resolve("layer.tar"), layer.archive());
      Files.writeString(files.resolve("config.json"), config);
      Files.writeString(
          files.resolve("manifest.json"),
          "[{\"Config\":\"config.json\",\"Layers\":[\"layer.tar\"]}]");
    } else if (form == Form.DOCKER_LAYOUT) {
      Files.writeString(files.resolve("docker.json"), config);
      Files.writeString(
          files.resolve("manifest.json"),
          "[{\"Config\":\"docker.json\",\"Layers\":[\"%s\"]}]".formatted(layout.relativize(blob)));
    }
    return pack(files, folder.resolve("image.tar"));
  }

  private static Path pack(Path files, Path archive) throws IOException {
    try (Stream<Path> names = Files.list(files)) {
      List<Path> sorted = names.map(Path::getFileName).sorted().toList();
      Programs.run(List.of("tar", "-C", files.toString(), "-cf", archive.toString()), sorted)
          .succeeds();
    }
    return archive;
  }

  /** The programs with their contents. */
  private List<String> read(Path image, String version, UnpackLimit limit) throws IOException {
    LayerCache layers = new LayerCache(cache, version, marks);
    try (ImagePrograms programs = new ImagePrograms(limit, Optional.of(layers))) {
      List<String> found = new ArrayList<>();
      for (TreeEntry entry : programs.add(image)) {
        byte[] content = Files.readAllBytes(entry.content().orElseThrow());
        found.add(entry.relative() + " " + Arrays.hashCode(content));
      }
      return found;
    }
  }

  private List<String> read(Path image) throws IOException {
    return read(image, "1", UnpackLimit.USUAL);
  }

  /** How many bytes this thread has read. */
  private static long bytesRead() throws IOException {
    return Files.readAllLines(Path.of("/proc/thread-self/io")).stream()
        .filter(line -> line.startsWith("rchar: "))
        .mapToLong(line -> Long.parseLong(line.substring("rchar: ".length())))
        .sum();
  }

  /** Whether the blob is read, by the kernel's count. */
  private boolean readsBlob(Path image, String version, UnpackLimit limit) throws IOException {
    long before = bytesRead();
    assertThat(read(image, version, limit)).hasSize(1);
    long count = bytesRead() - before;
    assertThat(count).matches(bytes -> bytes < OTHERS || bytes >= layer.data());
    return count >= layer.data();
  }

  private boolean readsBlob(Path image) throws IOException {
    return readsBlob(image, "1", UnpackLimit.USUAL);
  }

  private void requireRefused(Path image) {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> read(image)).isInstanceOf(ContainerException.class);
    }
  }

  /** Changes made at once have the same time: that is why young files are read again. */
  private static void waitForTheClock() throws InterruptedException {
    Thread.sleep(50);
  }

  @ParameterizedTest
  @EnumSource
  void aBlobThatWasReadIsNotReadAgain(Form form) throws IOException {
    Path image = make(form);
    assertThat(readsBlob(image)).isTrue();
    List<String> first = read(image);
    assertThat(readsBlob(image)).isFalse();
    assertThat(read(image)).isEqualTo(first);
    assertThat(read(image, "2", UnpackLimit.USUAL)).isEqualTo(first);
  }

  /** With the same size and time. */
  @ParameterizedTest
  @EnumSource
  void aBlobThatIsRewrittenInPlaceIsRefused(Form form) throws Exception {
    Path image = make(form);
    read(image);
    assertThat(readsBlob(image)).isFalse();
    waitForTheClock();
    damage(form == Form.LAYOUT ? blob : image);
    requireRefused(image);
  }

  /** Changes one byte of the data, which no command looks at; size and time stay. */
  private void damage(Path file) throws IOException {
    damage(file, layer.data() / 2);
  }

  private static void damage(Path file, long offset) throws IOException {
    FileTime modified = Files.getLastModifiedTime(file);
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.seek(offset);
      int octet = out.read();
      out.seek(offset);
      out.write(octet ^ 1);
    }
    Files.setLastModifiedTime(file, modified);
  }

  @ParameterizedTest
  @EnumSource
  void anotherFileUnderTheNameIsRefused(Form form) throws Exception {
    Path image = make(form);
    read(image);
    Path file = form == Form.LAYOUT ? blob : image;
    Path other = Files.copy(file, folder.resolve("other"), StandardCopyOption.COPY_ATTRIBUTES);
    waitForTheClock();
    damage(other);
    Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
    requireRefused(image);
  }

  @Test
  void anotherImageBehindALinkIsRefused() throws IOException {
    Path other = layout("other");
    damage(blobIn(other));
    Path link = Files.createSymbolicLink(folder.resolve("link"), layout);
    read(link);
    assertThat(readsBlob(link)).isFalse();
    Files.delete(link);
    Files.createSymbolicLink(link, other);
    requireRefused(link);
  }

  /** A link in a layout is refused, wherever it leads. */
  @Test
  void aBlobThatBecomesALinkIsRefused() throws IOException {
    read(layout);
    Files.move(blob, folder.resolve("away"));
    Files.createSymbolicLink(blob, folder.resolve("away"));
    requireRefused(layout);
  }

  @Test
  void aCopyIsReadAgain() throws IOException {
    read(layout);
    Path copy = folder.resolve("copy");
    Programs.run("cp", "-a", layout, copy).succeeds();
    assertThat(readsBlob(copy)).isTrue();
    assertThat(readsBlob(copy)).isFalse();
    assertThat(readsBlob(layout)).isFalse();
  }

  @Test
  void aBlobWithAnotherNameIsReadAgain() throws Exception {
    read(layout);
    waitForTheClock();
    Path link = Files.createLink(folder.resolve("link"), blob);
    assertThat(readsBlob(layout)).isTrue();
    assertThat(readsBlob(layout)).isFalse();
    waitForTheClock();
    Files.move(link, blob, StandardCopyOption.ATOMIC_MOVE); // does nothing: the same file
    Files.move(blob, folder.resolve("away"));
    Files.move(folder.resolve("away"), blob);
    assertThat(readsBlob(layout)).isTrue();
    assertThat(readsBlob(layout)).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void aYoungBlobIsReadAgain(Form form) throws IOException {
    marks = AgedMarks.young();
    Path image = make(form);
    for (int i = 0; i < 3; i++) {
      assertThat(readsBlob(image)).isTrue();
    }
  }

  @Test
  void aBlobThatChangesWhileItIsReadIsNotRemembered() throws Exception {
    CacheFolder entries = new CacheFolder(cache);
    for (boolean changes : new boolean[] {true, false}) {
      try (Container container = Container.open(layout, UnpackLimit.USUAL)) {
        ImageLayer only = container.images().get(0).parts().layers().get(0);
        try (StoredFile stored = only.open()) {
          KnownBlob known = new KnownBlob(stored, marks, entries, "entry");
          only.check(stored);
          waitForTheClock();
          if (changes) {
            damage(blob);
            damage(blob); // which is the second change of the same byte
          }
          known.setChecked();
        }
      }
      assertThat(entries.read("entry").isPresent()).isEqualTo(!changes);
    }
  }

  /** It is in memory as a whole before anybody asks for the blob. */
  @Test
  void aBlobInASmallArchiveIsReadAgain() throws Exception {
    byte[] archive = smallLayer();
    layer = new Layer(archive, ImageBuilder.digest(archive), archive.length);
    layout = layer.layout(folder.resolve("small"));
    blob = blobIn(layout);
    for (Form form : List.of(Form.OCI_ARCHIVE, Form.DOCKER_LAYOUT, Form.DOCKER_ARCHIVE)) {
      Path image = make(form);
      assertThat(read(image)).isEqualTo(read(image)).hasSize(1);
      waitForTheClock();
      damage(image, Files.size(image) / 2);
      requireRefused(image);
    }
    assertThat(kept(".blobs")).isEmpty();
  }

  @Test
  void aBlobThatOthersMayWriteIsReadAgain() throws IOException {
    Files.setPosixFilePermissions(blob, PosixFilePermissions.fromString("rw-rw-r--"));
    for (int i = 0; i < 3; i++) {
      assertThat(readsBlob(layout)).isTrue();
    }
  }

  @Test
  void aBlobThatIsBeingWrittenIsReadAgain() throws IOException {
    read(layout);
    try (FileChannel writer = FileChannel.open(blob, StandardOpenOption.WRITE)) {
      assertThat(writer.isOpen()).isTrue();
      assertThat(readsBlob(layout)).isTrue();
      assertThat(readsBlob(layout)).isTrue();
    }
    assertThat(readsBlob(layout)).isFalse();
  }

  @Test
  void whatWasCheckedDependsOnVersionAndLimit() throws IOException {
    read(layout);
    assertThat(readsBlob(layout, "2", UnpackLimit.USUAL)).isTrue();
    assertThat(readsBlob(layout, "1", new UnpackLimit(OptionalInt.of(1)))).isTrue();
    assertThat(readsBlob(layout)).isFalse();
  }

  /** The file is the one that was read, but documents say something else about it. */
  @Test
  void documentsThatSayAnotherThingAboutABlobAreRefused() throws IOException {
    read(layout);
    int length = layer.archive().length;
    String digest = layer.digest();
    String type = "application/vnd.oci.image.layer.v1.tar";
    requireRefused(layoutOf(type, digest, length + 1, digest));
    requireRefused(layoutOf(type, digest, length - 1, digest));
    requireRefused(layoutOf(type + "+gzip", digest, length, digest));
    requireRefused(layoutOf(type, digest, length, ImageBuilder.digest(new byte[1])));
    assertThat(readsBlob(layoutOf(type, digest, length, digest))).isFalse();
  }

  private Path layoutOf(String type, String digest, long size, String diffId) throws IOException {
    ImageBuilder builder = new ImageBuilder(layout);
    String config =
        builder.descriptor(
            "application/vnd.oci.image.config.v1+json",
            "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"%s\"]}}"
                .formatted(diffId)
                .getBytes(StandardCharsets.UTF_8));
    return builder.writeManifest(
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s,\
        "layers":[{"mediaType":"%s","digest":"%s","size":%d}]}\
        """
            .formatted(config, type, digest, size));
  }

  /** In the same archive lies a damaged copy, of which the second image claims the same. */
  @Test
  void anotherPlaceInTheSameArchiveIsRefused() throws IOException {
    Path files = Files.createDirectory(folder.resolve("two"));
    make(Form.DOCKER_ARCHIVE);
    for (String name : List.of("config.json", "layer.tar")) {
      Files.copy(folder.resolve("docker").resolve(name), files.resolve(name));
    }
    Files.writeString(
        files.resolve("other.json"), Files.readString(files.resolve("config.json")) + " ");
    Files.copy(files.resolve("layer.tar"), files.resolve("other.tar"));
    damage(files.resolve("other.tar"));
    Files.writeString(
        files.resolve("manifest.json"),
        "[{\"Config\":\"config.json\",\"Layers\":[\"layer.tar\"]},"
            + "{\"Config\":\"other.json\",\"Layers\":[\"other.tar\"]}]");
    requireRefused(pack(files, folder.resolve("two.tar")));
  }

  private List<Path> kept(String ending) throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      return files.filter(file -> file.toString().endsWith(ending)).toList();
    }
  }

  @Test
  void entriesThatAreDamagedOrForeignAreIgnored() throws IOException {
    read(layout);
    Path entry = kept(".blobs").get(0);
    byte[] whole = Files.readAllBytes(entry);
    byte[] damaged = whole.clone();
    damaged[damaged.length - 1] ^= 1;
    Files.write(entry, damaged);
    assertThat(readsBlob(layout)).isTrue();
    assertThat(readsBlob(layout)).isFalse();
    Files.setPosixFilePermissions(entry, PosixFilePermissions.fromString("rw-rw-rw-"));
    assertThat(readsBlob(layout)).isTrue();
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(readsBlob(layout)).isTrue();
    assertThat(readsBlob(layout)).isTrue();
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwx------"));
    assertThat(readsBlob(layout)).isFalse();
  }

  /** What is known of the file is of no use without what was read of it. */
  @Test
  void aBlobIsReadIfTheCacheHasLostWhatWasInIt() throws IOException {
    for (Form form : List.of(Form.LAYOUT, Form.DOCKER_ARCHIVE)) {
      Path image = make(form);
      read(image);
      for (String ending : List.of(".layer", ".program")) {
        for (Path file : kept(ending)) {
          Files.delete(file);
        }
        assertThat(readsBlob(image)).isTrue();
        assertThat(readsBlob(image)).isFalse();
      }
    }
  }

  /** Each new copy of an image would make an entry longer. */
  @Test
  void anEntryDoesNotGrowWithoutEnd() throws Exception {
    Path small = new ImageBuilder(folder.resolve("small")).layer(smallLayer()).write();
    for (int i = 0; i < 70; i++) {
      read(copy(small, folder.resolve("copy" + i)));
    }
    assertThat(Files.size(kept(".blobs").get(0))).isLessThan(10_000);
  }

  private static byte[] smallLayer() throws IOException {
    return new ImageBuilder.Archive()
        .file("true", Files.readAllBytes(Path.of("/usr/bin/true")))
        .end();
  }
}
