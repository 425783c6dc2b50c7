package dev.hardwire.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files are read where they are looked at, however large they are. */
class FileBytesTest {
  /** More than 32 bits count. */
  private static final long FAR = (1L << 32) + (1 << 16) - 3;

  @TempDir private Path folder;
  private Path file;

  /** Zeros, eight bytes across the border of two blocks, a NUL and an x. */
  @BeforeEach
  void makeFile() throws IOException {
    file = folder.resolve("file");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.seek(FAR);
      sparse.write(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 0, 'x'});
    }
  }

  @Test
  void whatLiesBehindFourGigabytesIsRead() throws IOException {
    try (FileBytes open = FileBytes.open(file)) {
      Bytes bytes = open.bytes();
      assertThat(bytes.size()).isEqualTo(FAR + 10);
      assertThat(bytes.u64(FAR)).isEqualTo(0x0807060504030201L);
      assertThat(bytes.withOrder(ByteOrder.BIG_ENDIAN).u32(FAR + 1)).isEqualTo(0x02030405L);
      assertThat(bytes.u16(FAR - 1)).isEqualTo(0x0100);
      byte[] array = new byte[20];
      assertThat(bytes.read(FAR - 3, array)).isEqualTo(13);
      assertThat(Bytes.wrap(array).hex())
          .isEqualTo("000000" + "01020304050607080078" + "00".repeat(7));
      assertThat(bytes.slice(FAR, 10).hex()).isEqualTo("01020304050607080078");
      assertThat(bytes.slice(FAR - 5, 14).slice(4, 3).hex()).isEqualTo("000102");
      assertThat(bytes.slice(FAR - 100_000, 100_010).indexOf(new byte[] {5, 6}, 0))
          .isEqualTo(100_004);
      assertThat(bytes.slice(1 << 20, FAR + 10 - (1 << 20)).cString(FAR - (1 << 20))).hasSize(8);
      assertThatThrownBy(() -> bytes.u8(FAR + 10)).isInstanceOf(BytesException.class);
      assertThatThrownBy(bytes::toArray)
          .isInstanceOf(BytesException.class)
          .hasMessageContaining("too many to be in memory");
    }
  }

  /** Only what fits is brought into memory: the whole file has more than four gigabytes. */
  @Test
  void aViewInMemoryDoesNotReadTheFileAgain() throws IOException {
    Bytes few;
    Bytes many;
    try (FileBytes open = FileBytes.open(file)) {
      Bytes bytes = open.bytes().withOrder(ByteOrder.BIG_ENDIAN);
      few = bytes.slice(FAR - 1_000_000, 1_000_010).inMemory();
      many = bytes.inMemory();
    }
    assertThat(few.size()).isEqualTo(1_000_010);
    assertThat(few.u32(1_000_000)).isEqualTo(0x01020304L);
    assertThat(many.size()).isEqualTo(FAR + 10);
    assertThatThrownBy(() -> many.u8(0)).isInstanceOf(IllegalStateException.class);
  }

  /** Not {@code null}, the message of the exception of Java. */
  @Test
  void aViewThatIsReadTooLateNamesTheFile() throws IOException {
    Bytes bytes;
    try (FileBytes open = FileBytes.open(file)) {
      bytes = open.bytes();
    }
    assertThatThrownBy(() -> bytes.u8(0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(file + ": read after it was closed");
  }

  /** Java closes the channel of a thread that is interrupted. */
  @Test
  void anInterruptedReadNamesTheFile() throws IOException {
    try (FileBytes open = FileBytes.open(file)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> open.bytes().u8(0))
          .isInstanceOf(UncheckedIOException.class)
          .cause()
          .isInstanceOf(FileSystemException.class)
          .hasMessage(file + ": cannot be read: ClosedByInterruptException");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void changesAndJoinsTakeNoMemory() throws IOException {
    try (FileBytes open = FileBytes.open(file)) {
      Bytes bytes = open.bytes();
      Bytes changed =
          bytes.withChanges(List.of(new Change(FAR + 2, Bytes.wrap(new byte[] {9, 9}))));
      assertThat(changed.u64(FAR)).isEqualTo(0x0807060509090201L);
      assertThat(changed.size()).isEqualTo(bytes.size());
      Bytes joined =
          Bytes.concat(List.of(changed, Bytes.zeros(1L << 40), Bytes.wrap(new byte[] {7})));
      assertThat(joined.size()).isEqualTo(FAR + 11 + (1L << 40));
      assertThat(joined.u8(joined.size() - 1)).isEqualTo(7);
      assertThat(joined.u16(joined.size() - 2)).isEqualTo(0x0700);
      assertThat(joined.isZero(FAR + 10, 1 << 20)).isTrue();
      assertThat(joined.slice(FAR + 8, 4).hex()).isEqualTo("00780000");
      List<Extent> extents = joined.extents();
      assertThat(extents).hasSize(5);
      assertThat(extents.get(2).file()).contains(open);
      assertThat(extents.get(2).fileOffset()).isEqualTo(FAR + 4);
      assertThat(extents.get(3).isZeros()).isTrue();
    }
  }

  @Test
  void changedFilesAreReadInLargeBlocks() throws IOException {
    int size = 10 << 20;
    Path other = Files.write(folder.resolve("other"), new byte[size]);
    try (FileBytes open = FileBytes.open(other)) {
      List<Change> changes =
          List.of(
              new Change(3, Bytes.wrap(new byte[] {1})), new Change(9, Bytes.wrap(new byte[] {2})));
      int[] blocks = {0};
      open.bytes().withChanges(changes).copyTo(block -> blocks[0]++);
      assertThat(blocks[0]).isLessThan(size / Blocks.SIZE + 10);
    }
  }

  @Test
  void wholeBlocksThatAreReadAreHandedOn() throws IOException {
    int size = 3 * FileBytes.BLOCK + 100_000;
    Path other = Files.write(folder.resolve("other"), new byte[size]);
    List<String> heard = new ArrayList<>();
    try (FileBytes open = FileBytes.open(other)) {
      Bytes bytes = open.bytes();
      bytes.sha256();
      open.listen((number, block) -> heard.add(number + " " + block.remaining()));
      bytes.withChanges(List.of(new Change(7, Bytes.wrap(new byte[] {1})))).copyTo(block -> {});
      assertThat(heard).containsExactly("1 131072", "2 131072", "3 100000");
      heard.clear();
      bytes.slice(FileBytes.BLOCK + 1, size - FileBytes.BLOCK - 2).copyTo(block -> {});
      bytes.u8(0);
      assertThat(heard).containsExactly("2 131072");
      bytes.copyTo(block -> {});
      assertThat(heard).hasSize(5);
    }
  }

  @Test
  void aFileThatShrinksIsAnErrorOfInput() throws IOException {
    try (FileBytes open = FileBytes.open(file)) {
      Bytes bytes = open.bytes();
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(1 << 20);
      }
      assertThatThrownBy(() -> bytes.u8(FAR))
          .isInstanceOf(UncheckedIOException.class)
          .cause()
          .isInstanceOfSatisfying(
              FileSystemException.class,
              e -> {
                assertThat(e.getFile()).isEqualTo(file.toString());
                assertThat(e.getReason()).isEqualTo("the file changed while it was read");
              });
      assertThat(bytes.u8(0)).isZero();
      assertThatThrownBy(open::requireUnchanged).isInstanceOf(FileSystemException.class);
    }
  }

  @Test
  void whoeverReplacesTheFileDoesNotChangeWhatIsRead() throws IOException {
    Path other = Files.writeString(folder.resolve("other"), "other");
    try (FileBytes open = FileBytes.open(file)) {
      assertThat(open.isUnchanged()).isTrue();
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
      assertThat(open.isUnchanged()).isFalse();
      open.requireUnchanged();
      assertThat(open.bytes().u8(FAR)).isEqualTo(1);
      Files.delete(file);
      open.requireUnchanged();
    }
  }

  @Test
  void whoeverWritesToTheFileIsNoticed() throws IOException {
    try (FileBytes open = FileBytes.open(file)) {
      open.requireUnchanged();
      Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
      assertThat(open.isUnchanged()).isFalse();
      assertThatThrownBy(open::requireUnchanged)
          .hasMessageContaining("the file changed while it was read");
    }
  }
}
