package dev.hardwire.output;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.Change;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.input.SourceFile;
import dev.hardwire.os.Descriptor;
import dev.hardwire.os.Directory;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What another process copies becomes the contents that were asked for, whatever they are. */
@Tag("system")
class LargeFileCopyTest {
  private static final int MEGABYTE = 1 << 20;
  private static final int HOLE = 4 * MEGABYTE;
  private static final byte[] FIRST = random(HOLE);
  private static final byte[] SECOND = random(12 * MEGABYTE);

  @TempDir private Path folder;
  private Path base;
  private Path target;

  /** 20 MiB, of which 4 to 8 are a hole. */
  @BeforeEach
  void makeBase() throws IOException {
    target = folder.resolve("target");
    base = folder.resolve("base");
    try (FileChannel channel =
        FileChannel.open(base, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(FIRST), 0);
      channel.write(ByteBuffer.wrap(SECOND), 2L * HOLE);
    }
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static Bytes text(String text) {
    return Bytes.wrap(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private void isWritten(Bytes content, long holes) throws IOException {
    AtomicFile.write(target, content);
    isThere(content, holes);
  }

  private void isThere(Bytes content, long holes) throws IOException {
    try (FileBytes written = FileBytes.open(target)) {
      assertThat(written.bytes().differenceFrom(content)).isEqualTo(-1);
    }
    long stored = 512 * Long.parseLong(Programs.output("stat", "-c", "%b", target).strip());
    assertThat(stored).isLessThanOrEqualTo(content.size() - holes + MEGABYTE);
    assertThat(names()).containsExactly("base", "target");
  }

  private static Bytes changed(Bytes bytes) {
    return bytes.withChanges(
        List.of(
            new Change(3, text("changed")),
            new Change(MEGABYTE, Bytes.zeros(300_000)),
            new Change(5 * MEGABYTE, text("in the hole"))));
  }

  @Test
  void changesAreWrittenOverTheCopy() throws IOException {
    try (FileBytes open = FileBytes.open(base)) {
      Bytes bytes = open.bytes();
      Bytes changed =
          changed(bytes).withChanges(List.of(new Change(bytes.size() - 3, text("end"))));
      isWritten(bytes, HOLE);
      isWritten(changed, HOLE);
      isWritten(
          Bytes.concat(List.of(changed, Bytes.zeros(64L * MEGABYTE), text("behind"))),
          HOLE + 64L * MEGABYTE);
      isWritten(Bytes.concat(List.of(changed, Bytes.zeros(9L * MEGABYTE))), HOLE + 9L * MEGABYTE);
      isWritten(changed.slice(0, 15L * MEGABYTE), HOLE);
      isWritten(bytes.slice(0, 15L * MEGABYTE), HOLE);
      isWritten(Bytes.concat(List.of(text("moved"), bytes)), HOLE);
      isWritten(
          Bytes.concat(List.of(bytes.slice(0, 10L * MEGABYTE), bytes.slice(0, 5L * MEGABYTE))),
          HOLE);
    }
  }

  private void isWrittenWhile(FileBytes open, Bytes content, Bytes... read) throws IOException {
    try (SourceFile source = SourceFile.open(base);
        AtomicFile file = AtomicFile.begin(TargetName.of(target), Optional.of(open), true)) {
      file.finish(
          content,
          () -> {
            Stream.of(read).parallel().forEach(Bytes::sha256);
            return text("end");
          },
          source);
    }
    isThere(Bytes.concat(List.of(content, text("end"))), HOLE);
  }

  @Test
  void whoReadsTheFileCopiesIt() throws IOException {
    try (FileBytes open = FileBytes.open(base)) {
      Bytes bytes = open.bytes();
      Bytes changed = changed(bytes);
      isWrittenWhile(open, changed, bytes, changed);
      isWrittenWhile(open, bytes, bytes, changed, bytes, changed);
      isWrittenWhile(open, changed, changed.slice(7L * MEGABYTE, 9L * MEGABYTE));
      isWrittenWhile(open, bytes.slice(0, 15L * MEGABYTE), bytes);
      isWrittenWhile(open, changed);
    }
  }

  /** The copy is there before the end is known. */
  @Test
  void whoReadsTheFileCopiesItAtOnce() throws IOException {
    try (FileBytes open = FileBytes.open(base);
        Directory directory = Directory.open(folder);
        Descriptor file = directory.create(Directory.name(target), 0600)) {
      ReadCopy copy = ReadCopy.start(open, file).orElseThrow();
      open.bytes().sha256();
      assertThat(target).has(sameBytesAs(base));
      assertThat(copy.isDone()).isTrue();
      assertThat(copy.has(0)).isTrue();
      assertThat(copy.has(160)).isFalse();
    }
  }

  /** Until it begins, other work has the processors. */
  @Test
  void aCopyBeginsWhenItIsAskedTo() throws IOException {
    try (FileBytes open = FileBytes.open(base);
        Directory directory = Directory.open(folder);
        Descriptor file = directory.create(Directory.name(target), 0600)) {
      KernelCopy copy = KernelCopy.of(open, file).orElseThrow();
      assertThat(file.status().size()).isZero();
      copy.begin();
      await(() -> file.status().size() == open.size());
      assertThat(copy.isDone()).isTrue();
      assertThat(target).has(sameBytesAs(base));
    }
  }

  private interface Check {
    boolean holds() throws IOException;
  }

  private static void await(Check check) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!check.holds()) {
      assertThat(System.nanoTime()).as("time").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void aCopyThatNeverBeginsLeavesNothingOpen() throws IOException {
    try (FileBytes open = FileBytes.open(base);
        Directory directory = Directory.open(folder);
        Descriptor file = directory.create(Directory.name(target), 0600)) {
      long before = timesOpen();
      KernelCopy copy = KernelCopy.of(open, file).orElseThrow();
      assertThat(timesOpen()).isEqualTo(before + 1);
      copy.stop();
      assertThat(timesOpen()).isEqualTo(before);
      assertThat(file.status().size()).isZero();
    }
  }

  /** How often this process has the base open. */
  private long timesOpen() throws IOException {
    long count = 0;
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      for (Path file : open.toList()) {
        count += Files.exists(file) && Files.isSameFile(file, base) ? 1 : 0;
      }
    }
    return count;
  }

  @Test
  void aReadersCopyThatDoesNotFitIsNoCopy() throws IOException {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Programs.output("mount", "-t", "tmpfs", "-o", "size=10m", "tmpfs", disk);
    try (FileBytes open = FileBytes.open(base);
        SourceFile source = SourceFile.open(base);
        AtomicFile file =
            AtomicFile.begin(TargetName.of(disk.resolve("target")), Optional.of(open), true)) {
      Bytes bytes = open.bytes();
      assertThatThrownBy(() -> file.finish(bytes, bytes::sha256, source))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("No space left on device");
    } finally {
      try (Stream<Path> files = Files.list(disk)) {
        assertThat(files).isEmpty();
      } finally {
        Programs.output("umount", disk);
      }
    }
  }

  /** What is begun with a file that has little to do with the contents does no harm. */
  @Test
  void theContentsDecideNotTheCopy() throws IOException {
    try (FileBytes open = FileBytes.open(base);
        SourceFile source = SourceFile.open(base)) {
      for (Bytes content : List.of(text("short"), Bytes.zeros(21L * MEGABYTE), open.bytes())) {
        try (AtomicFile file = AtomicFile.begin(TargetName.of(target), Optional.of(open), false)) {
          file.finish(content, Bytes::empty, source);
        }
        try (FileBytes written = FileBytes.open(target)) {
          assertThat(written.bytes()).isEqualTo(content);
        }
      }
    }
    assertThat(names()).containsExactly("base", "target");
  }

  @Test
  void whatIsNotFinishedLeavesNothing() throws IOException {
    try (FileBytes open = FileBytes.open(base);
        AtomicFile file = AtomicFile.begin(TargetName.of(target), Optional.of(open), false)) {
      assertThat(file).isNotNull();
      assertThat(names()).containsExactly("base"); // it gets a name when it is complete
    }
    assertThat(names()).containsExactly("base");
  }

  @Test
  void aFileThatIsReplacedIsCopiedAsItWasOpened() throws IOException {
    try (FileBytes open = FileBytes.open(base)) {
      Path other = Files.write(folder.resolve("other"), random(MEGABYTE));
      Files.move(base, folder.resolve("kept"));
      Files.move(other, base, StandardCopyOption.ATOMIC_MOVE);
      AtomicFile.write(target, open.bytes());
    }
    assertThat(target).has(sameBytesAs(folder.resolve("kept")));
  }

  @Test
  void aFileThatIsWrittenToWhileItIsReadIsAnError() throws IOException {
    Files.writeString(target, "precious");
    try (FileBytes open = FileBytes.open(base)) {
      Bytes bytes = open.bytes();
      Files.write(base, new byte[] {1}, StandardOpenOption.APPEND);
      assertThatThrownBy(() -> isWrittenWhile(open, bytes, bytes))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("base: the file changed while it was read");
    }
    assertThat(target).hasContent("precious");
    assertThat(names()).containsExactly("base", "target");
  }

  @Test
  void aFileThatIsWrittenToMeanwhileIsAnError() throws IOException {
    Files.writeString(target, "precious");
    try (FileBytes open = FileBytes.open(base)) {
      Files.setLastModifiedTime(base, FileTime.fromMillis(1_000_000));
      assertThatThrownBy(() -> AtomicFile.write(target, open.bytes()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("base: the file changed while it was read");
    }
    assertThat(target).hasContent("precious");
    assertThat(names()).containsExactly("base", "target");
  }
}
