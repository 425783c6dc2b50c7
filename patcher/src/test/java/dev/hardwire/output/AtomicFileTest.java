package dev.hardwire.output;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.input.InputFile;
import dev.hardwire.input.SourceFile;
import dev.hardwire.os.Directory;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files are written whole or not at all, on a full disk too. */
@Tag("system")
class AtomicFileTest {
  private static final int DISK = 1 << 20;

  @TempDir private Path folder;
  private Path disk;

  /** A file system of 1 MiB. */
  @BeforeEach
  void mount() throws IOException {
    disk = Files.createDirectory(folder.resolve("disk"));
    Programs.output("mount", "-t", "tmpfs", "-o", "size=" + DISK, "tmpfs", disk);
  }

  @AfterEach
  void unmount() {
    Programs.output("umount", disk);
  }

  private static Bytes random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  private static Bytes text(String text) {
    return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Bytes read(Path file) {
    try {
      return Bytes.wrap(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static String stat(String format, Path file) {
    return Programs.output("stat", "-c", format, file).strip();
  }

  @Test
  void copiesHaveTheTimeAndAttributesOfTheirFile() throws IOException {
    Path from = Files.write(folder.resolve("from"), random(100_000).toArray());
    Programs.output("chmod", "4711", from);
    Programs.output("touch", "-d", "2001-02-03 04:05:06.123456789 UTC", from);
    Path to = folder.resolve("tree/a/b/file");
    Files.createDirectory(folder.resolve("tree"));
    try (InputFile file = InputFile.open(from)) {
      TargetName target = TargetName.below(folder.resolve("tree"), Path.of("a/b/file"));
      AtomicFile.copy(file, target);
    }
    assertThat(to).has(sameBytesAs(from));
    String format = "%a %u:%g %.9Y";
    assertThat(stat(format, to)).isEqualTo(stat(format, from)).endsWith("981173106.123456789");
  }

  @Test
  void privateFoldersAreTheirOwnersOnly() throws IOException {
    Path made = folder.resolve("above/private");
    Directory.makePrivate(made);
    assertThat(stat("%a", made)).isEqualTo("700");
    assertThat(stat("%a", made.getParent())).isEqualTo("755");
    Programs.output("chmod", "777", made);
    Directory.makePrivate(made);
    assertThat(stat("%a", made)).isEqualTo("700");
    Path link = Files.createSymbolicLink(folder.resolve("link"), made);
    assertThatThrownBy(() -> Directory.makePrivate(link)).isInstanceOf(FileSystemException.class);
  }

  @Test
  void writesNewFilesAndReplacesOldOnes() throws IOException {
    Path target = folder.resolve("file");
    AtomicFile.write(target, text("one"));
    assertThat(target).hasContent("one");
    assertThat(stat("%a", target)).isEqualTo("644");
    Path before = Files.createLink(folder.resolve("before"), target);
    AtomicFile.write(target, text("two, and longer"));
    assertThat(target).hasContent("two, and longer");
    assertThat(before).hasContent("one");
    AtomicFile.write(target, text(""));
    assertThat(target).isEmptyFile();
    assertThat(names(folder)).containsExactly("before", "disk", "file");
  }

  @Test
  void aFullDiskLeavesTheOldFileAndNothingElse() throws IOException {
    Path target = disk.resolve("file");
    AtomicFile.write(target, text("precious"));
    Bytes large = random(2 * DISK);
    assertThatThrownBy(() -> AtomicFile.write(target, large))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("No space left on device");
    assertThat(target).hasContent("precious");
    assertThat(names(disk)).containsExactly("file");
    assertThatThrownBy(() -> writeLike(disk.resolve("new"), large, target))
        .isInstanceOf(IOException.class);
    assertThat(names(disk)).containsExactly("file");
    AtomicFile.write(target, random(DISK / 4));
    assertThat(Files.size(target)).isEqualTo(DISK / 4);
  }

  @Test
  void aFileSystemThatIsReadOnlyNamesTheTarget() throws IOException {
    Path target = disk.resolve("file");
    AtomicFile.write(target, text("precious"));
    Programs.output("mount", "-o", "remount,ro", disk);
    for (Path path : List.of(target, disk.resolve("new"))) {
      assertThatThrownBy(() -> AtomicFile.write(path, text("other")))
          .isInstanceOfSatisfying(
              FileSystemException.class,
              e -> {
                assertThat(e.getFile()).isEqualTo(path.toString());
                assertThat(e.getReason()).isEqualTo("Read-only file system");
              });
    }
    assertThat(target).hasContent("precious");
  }

  @Test
  void zerosStayHoles() throws IOException {
    byte[] bytes = new byte[40 << 20];
    bytes[0] = 1;
    bytes[20 << 20] = 2;
    bytes[bytes.length - 70_000] = 3;
    Path target = disk.resolve("file"); // does not fit there unless it is sparse
    AtomicFile.write(target, Bytes.wrap(bytes));
    assertThat(Files.size(target)).isEqualTo(bytes.length);
    assertThat(Long.parseLong(stat("%b", target)) * 512).isLessThan(400_000);
    assertThat(read(target)).isEqualTo(Bytes.wrap(bytes));
  }

  @Test
  void sizesAroundTheBlock() throws IOException {
    Path target = folder.resolve("file");
    for (int size : new int[] {0, 1, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073}) {
      for (Bytes content : List.of(random(size), Bytes.wrap(new byte[size]))) {
        AtomicFile.write(target, content);
        assertThat(read(target)).isEqualTo(content);
      }
    }
  }

  private static Optional<String> writeLike(Path target, Bytes content, Path model)
      throws IOException {
    try (SourceFile source = SourceFile.open(model)) {
      return AtomicFile.write(target, content, source);
    }
  }

  @Test
  void attributesAreThoseOfAnotherFile() throws IOException {
    Path model = folder.resolve("model");
    Files.writeString(model, "model");
    Programs.output("chown", "1234:5678", model);
    Programs.output("chmod", "6751", model);
    Files.setAttribute(model, "user:note", "kept".getBytes(StandardCharsets.US_ASCII));
    Programs.output("setcap", "cap_net_raw=ep", model);
    Path target = folder.resolve("file");
    assertThat(writeLike(target, text("content"), model)).isEmpty();
    assertThat(target).hasContent("content");
    assertThat(stat("%u:%g %a", target)).isEqualTo("1234:5678 6751");
    assertThat((byte[]) Files.getAttribute(target, "user:note")).asString().isEqualTo("kept");
    assertThat(Programs.output("getcap", target)).endsWith("cap_net_raw=ep\n");
    assertThat(names(folder)).containsExactly("disk", "file", "model");
  }

  @Test
  void aFileWhoseAttributesCannotBeKeptIsNotWritten() throws IOException {
    Path model = folder.resolve("model");
    Files.writeString(model, "model");
    Programs.output("setcap", "cap_net_raw=ep", model);
    Path ramfs = Files.createDirectory(folder.resolve("ramfs")); // has no extended attributes
    Programs.output("mount", "-t", "ramfs", "ramfs", ramfs);
    try {
      Path target = ramfs.resolve("file");
      assertThatThrownBy(() -> writeLike(target, text("content"), model))
          .isInstanceOf(FileSystemException.class)
          .hasMessage(target + ": security.capability cannot be kept: Operation not supported");
      assertThat(names(ramfs)).isEmpty();
    } finally {
      Programs.output("umount", ramfs);
    }
  }

  @Test
  void aLinkIsReplacedAndItsTargetStays() throws IOException {
    Path other = folder.resolve("other");
    Path link = folder.resolve("link");
    Files.writeString(other, "other");
    Files.createSymbolicLink(link, other);
    AtomicFile.write(link, text("new"));
    assertThat(Files.isSymbolicLink(link)).isFalse();
    assertThat(link).hasContent("new");
    assertThat(other).hasContent("other");
    Path dangling = folder.resolve("dangling");
    Files.createSymbolicLink(dangling, Path.of("nowhere"));
    AtomicFile.write(dangling, text("new"));
    assertThat(Files.isSymbolicLink(dangling)).isFalse();
    assertThat(dangling).hasContent("new");
  }

  @Test
  void whatIsNoFileIsLeftAlone() throws IOException {
    Path pipe = folder.resolve("pipe");
    Programs.output("mkfifo", pipe);
    Path device = folder.resolve("device");
    Programs.output("mknod", device, "c", 1, 3);
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, device);
    for (Path path : List.of(pipe, device, link, disk)) {
      assertThatThrownBy(() -> AtomicFile.write(path, text("new")))
          .isInstanceOf(FileAlreadyExistsException.class)
          .hasMessageContaining(path.toString());
    }
    assertThat(stat("%F", pipe)).isEqualTo("fifo");
    assertThat(stat("%F", device)).isEqualTo("character special file");
    assertThat(link).isSymbolicLink();
    assertThat(names(folder)).containsExactly("device", "disk", "link", "pipe");
  }

  @Test
  void aFolderThatIsNotThereNamesTheTarget() {
    Path target = folder.resolve("nowhere/file");
    assertThatThrownBy(() -> AtomicFile.write(target, text("new")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(target.toString());
  }

  @Test
  void aReaderSeesTheOldOrTheNewFile() throws Exception {
    replaceWhileOneReads(30);
  }

  @Test
  @Tag("long")
  void aReaderSeesTheOldOrTheNewFileInManyRounds() throws Exception {
    replaceWhileOneReads(100);
  }

  private void replaceWhileOneReads(int rounds) throws Exception {
    Path target = folder.resolve("file");
    Bytes one = Bytes.wrap(new byte[200_000]);
    byte[] ones = new byte[300_000];
    Arrays.fill(ones, (byte) 1);
    Bytes two = Bytes.wrap(ones);
    AtomicFile.write(target, one);
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<Bytes> torn = new AtomicReference<>();
    Thread reader =
        new Thread(
            () -> {
              while (!done.get()) {
                Bytes seen = read(target);
                if (!seen.equals(one) && !seen.equals(two)) {
                  torn.set(seen);
                }
              }
            });
    reader.start();
    for (int i = 0; i < rounds; i++) {
      AtomicFile.write(target, i % 2 == 0 ? two : one);
    }
    done.set(true);
    reader.join();
    assertThat(torn.get()).isNull();
  }
}
