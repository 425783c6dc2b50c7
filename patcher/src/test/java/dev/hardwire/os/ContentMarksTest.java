package dev.hardwire.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A mark changes with the contents of a file; where that is not sure, there is none. */
class ContentMarksTest {
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void make() throws IOException {
    file = Files.writeString(folder.resolve("file"), "first");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private static Optional<String> mark(ContentMarks marks, Path file) throws IOException {
    try (Descriptor open = Descriptor.open(file)) {
      return marks.of(open);
    }
  }

  private static Optional<String> mark(Path file) throws IOException {
    return mark(AgedMarks.make(), file);
  }

  /** Changes made at once have the same time: that is why young files have no mark. */
  private static void waitForTheClock() throws InterruptedException {
    Thread.sleep(50);
  }

  private interface Action {
    void run() throws IOException;
  }

  /** Checks that the mark changes, although the time of the contents is put back. */
  private void requireAnotherMark(Action change) throws Exception {
    Optional<String> before = mark(file);
    FileTime modified = Files.getLastModifiedTime(file);
    waitForTheClock();
    change.run();
    Files.setLastModifiedTime(file, modified);
    assertThat(mark(file)).isPresent().isNotEqualTo(before);
  }

  @Test
  void aFileThatDoesNotChangeKeepsItsMark() throws Exception {
    Optional<String> first = mark(file);
    waitForTheClock();
    assertThat(Files.readString(file)).isEqualTo("first");
    assertThat(mark(file)).isPresent().isEqualTo(first);
    assertThat(mark(Files.createSymbolicLink(folder.resolve("link"), file))).isEqualTo(first);
  }

  @Test
  void everyChangeMakesAnotherMark() throws Exception {
    requireAnotherMark(() -> Files.writeString(file, "other", StandardOpenOption.WRITE));
    requireAnotherMark(() -> Files.writeString(file, "longer than that"));
    requireAnotherMark(() -> Files.copy(replacement(), file, StandardCopyOption.REPLACE_EXISTING));
    requireAnotherMark(() -> Files.move(replacement(), file, StandardCopyOption.ATOMIC_MOVE));
    requireAnotherMark(() -> Files.createLink(folder.resolve("hard"), file));
    requireAnotherMark(
        () -> Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--")));
    requireAnotherMark(
        () -> {
          Files.move(file, folder.resolve("away"));
          Files.move(folder.resolve("away"), file);
        });
  }

  private Path replacement() throws IOException {
    return Files.writeString(folder.resolve("new"), "other");
  }

  /** Not only the time of the contents, which a program can set. */
  @Test
  void theTimeOfTheContentsCannotBeForged() throws Exception {
    requireAnotherMark(() -> Files.setLastModifiedTime(file, FileTime.fromMillis(0)));
  }

  /** Only their numbers tell them apart. */
  @Test
  void filesOfTheSameSizeAndTimesHaveDifferentMarks() throws IOException {
    Map<String, Path> byTimes = new HashMap<>();
    Path other = null;
    for (int round = 0; other == null; round++) {
      Path several = Files.createDirectory(folder.resolve("round" + round));
      for (int i = 0; i < 20; i++) {
        Files.writeString(several.resolve("file" + i), "first");
      }
      for (int i = 0; i < 20 && other == null; i++) {
        file = several.resolve("file" + i);
        try (Descriptor open = Descriptor.open(file)) {
          FileStatus status = open.status();
          other = byTimes.put(status.modified() + " " + status.changed(), file);
        }
      }
    }
    assertThat(mark(file)).isPresent().isNotEqualTo(mark(other));
  }

  @ParameterizedTest
  @CsvSource({"0, false", "2900, false", "-60000, false", "3500, true"})
  void aFileThatIsYoungOrOfTheFutureHasNone(long fast, boolean hasMark) throws IOException {
    assertThat(mark(AgedMarks.make(fast), file).isPresent()).isEqualTo(hasMark);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-rw-r--", "rw-r--rw-", "rw-rw-rw-"})
  void aFileThatOthersCanWriteHasNone(String permissions) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    assertThat(mark(file)).isEmpty();
  }

  @Test
  void aFileOfAnotherUserHasNone() throws IOException {
    boolean isRoot = Files.getAttribute(file, "unix:uid").equals(0);
    if (isRoot) {
      Files.setAttribute(file, "unix:uid", 12345);
    }
    assertThat(mark(isRoot ? file : Path.of("/etc/passwd"))).isEmpty();
  }

  @Test
  void aFileThatIsOpenForWritingHasNone() throws IOException {
    Optional<String> first = mark(file);
    for (Set<StandardOpenOption> options :
        List.of(
            Set.of(StandardOpenOption.WRITE),
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE))) {
      try (FileChannel writer = FileChannel.open(file, options)) {
        assertThat(writer.isOpen()).isTrue();
        assertThat(mark(file)).isEmpty();
      }
      assertThat(mark(file)).isPresent().isEqualTo(first);
    }
    try (FileChannel reader = FileChannel.open(file, StandardOpenOption.READ)) {
      assertThat(reader.isOpen()).isTrue();
      assertThat(mark(file)).isPresent().isEqualTo(first);
    }
  }

  /**
   * A page that is written to already can be written to again without a new time. The file is in a
   * tmpfs: for one in an overlay, the kernel counts the mapping at the file below.
   */
  @Test
  void aFileThatIsMappedForWritingHasNone() throws IOException {
    Path memory = Files.createTempFile(Path.of("/dev/shm"), "hardwire", ".tmp");
    try {
      Files.writeString(memory, "first");
      assertThat(mark(memory)).isPresent();
      MappedByteBuffer mapped;
      try (FileChannel writer =
          FileChannel.open(memory, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        mapped = writer.map(MapMode.READ_WRITE, 0, 5);
      }
      assertThat(mark(memory)).isEmpty();
      mapped.put(0, (byte) 'F');
      assertThat(Files.readString(memory)).isEqualTo("First");
      assertThat(mark(memory)).isEmpty();
    } finally {
      Files.delete(memory);
    }
  }

  /** A lease would make writers wait. */
  @Test
  void writersDoNotWaitForAMark() throws IOException {
    try (Descriptor open = Descriptor.open(file)) {
      assertThat(AgedMarks.make().of(open)).isPresent();
      long start = System.nanoTime();
      try (FileChannel writer = FileChannel.open(file, StandardOpenOption.WRITE)) {
        writer.write(ByteBuffer.wrap(new byte[] {'F'}), 0);
      }
      assertThat(System.nanoTime() - start).isLessThan(10_000_000_000L);
    }
  }

  /** The kernel tells the owner of a lease of them by a signal, which would end this process. */
  @Test
  void writersThatComeMeanwhileEndNothing() throws Exception {
    AtomicBoolean isDone = new AtomicBoolean();
    FutureTask<Integer> writers =
        new FutureTask<>(
            () -> {
              int count = 0;
              for (; !isDone.get(); count++) {
                FileChannel.open(file, StandardOpenOption.WRITE).close();
              }
              return count;
            });
    Thread thread = new Thread(writers);
    thread.start();
    int free = 0;
    int busy = 0;
    try (Descriptor open = Descriptor.open(file)) {
      while (free < 1000 || busy < 1000) {
        if (open.hasNoWriters()) {
          free++;
        } else {
          busy++;
        }
      }
    } finally {
      isDone.set(true);
      thread.join();
    }
    assertThat(writers.get()).isPositive();
  }

  @Test
  void whatIsNoRegularFileHasNone() throws IOException {
    assertThat(mark(folder)).isEmpty();
    assertThat(mark(Path.of("/dev/null"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "ext4, 0xef53, 0x1020, true",
    "xfs, 0x58465342, 0x20, true",
    "btrfs, 0x9123683e, 0x20, true",
    "ext4 without setuid programs, 0xef53, 0x22, false",
    "ext4 of a kernel that tells no flags, 0xef53, 0, false",
    "tmpfs, 0x01021994, 0x20, false",
    "overlay, 0x794c7630, 0x20, false",
    "nfs, 0x6969, 0x20, false",
    "smb2, 0xfe534d42, 0x20, false",
    "fuse, 0x65735546, 0x20, false",
    "9p, 0x01021997, 0x20, false",
    "vfat, 0x4d44, 0x20, false",
    "zfs, 0x2fc12fc1, 0x20, false",
    "proc, 0x9fa0, 0x20, false",
  })
  void onlyTheseFileSystemsKeepTimes(String name, String type, String flags, boolean keeps) {
    FileSystemStatus status =
        new FileSystemStatus(Long.decode(type).intValue(), Long.decode(flags).intValue());
    assertThat(status.keepsTimes()).as(name).isEqualTo(keeps);
  }

  /** By the rules and the clock of the host. */
  @Test
  void whetherAFileHasAMarkDependsOnItsFileSystem() throws Exception {
    Path memory = Files.createTempFile(Path.of("/dev/shm"), "hardwire", ".tmp");
    try {
      Thread.sleep(3100);
      assertThat(mark(new ContentMarks(), memory)).isEmpty();
      assertThat(mark(new ContentMarks(), Path.of("/proc/self/status"))).isEmpty();
    } finally {
      Files.delete(memory);
    }
    String mount = Programs.output("findmnt", "-no", "FSTYPE,OPTIONS", "-T", folder);
    boolean keepsTimes =
        mount.matches("(ext[234]|xfs|btrfs)\\s(.|\\n)*") && !mount.contains("nosuid");
    assertThat(mark(new ContentMarks(), file).isPresent()).as(mount).isEqualTo(keepsTimes);
    Files.writeString(file, "young");
    assertThat(mark(new ContentMarks(), file)).isEmpty();
  }
}
