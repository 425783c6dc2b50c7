package dev.hardwire.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.Digests;
import dev.hardwire.bytes.FileBytes;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EarlyDigestTest {
  private static final long LARGE = 1L << 24;

  @TempDir private Path folder;
  private Path program;

  @BeforeEach
  void makeProgram() throws IOException {
    program = large(Files.copy(Path.of("/bin/true"), folder.resolve("program")));
  }

  private static Path large(Path file) throws IOException {
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.setLength(LARGE);
    }
    return file;
  }

  /** Whether the digest of a file was begun; it is right in any case. */
  private static boolean isBegun(Path file) throws IOException {
    try (FileBytes opened = FileBytes.open(file)) {
      Bytes all = opened.bytes();
      Digests.Task task = Digests.of(all);
      assertThat(task.await()).isEqualTo(all.sha256());
      return task == Digests.of(all);
    }
  }

  @Test
  void isOfTheLargeProgram() throws IOException {
    EarlyDigest.begin("patch", "--deny", "uname", "-o", "out", program.toString());
    assertThat(isBegun(program)).isTrue();
  }

  @Test
  void isOfTheInputNotOfTheOutput() throws IOException {
    Path output = Files.copy(program, folder.resolve("output"));
    EarlyDigest.begin("patch", "--deny", "uname", "-o", output.toString(), program.toString());
    assertThat(isBegun(output)).isFalse();
    assertThat(isBegun(program)).isTrue();
  }

  @Test
  void isNotOfOneOfSeveral() throws IOException {
    Path other = Files.copy(program, folder.resolve("other"));
    EarlyDigest.begin("patch", "--in-place", program.toString(), other.toString());
    assertThat(isBegun(program)).isFalse();
    assertThat(isBegun(other)).isFalse();
  }

  @Test
  void isNotOfOtherFiles() throws IOException {
    Path image = large(Files.createFile(folder.resolve("image.tar")));
    Path small = Files.copy(Path.of("/bin/true"), folder.resolve("small"));
    EarlyDigest.begin("patch", "--in-place", image.toString(), small.toString(), "missing", "");
    assertThat(isBegun(image)).isFalse();
    assertThat(isBegun(small)).isFalse();
  }

  @Test
  void isNotOfWhatCannotBeRead() throws IOException {
    assertThat(EarlyDigest.beginIfProgram(folder)).isFalse();
    assertThat(EarlyDigest.beginIfProgram(folder.resolve("missing"))).isFalse();
    assertThat(EarlyDigest.beginIfProgram(Files.createFile(folder.resolve("empty")))).isFalse();
  }
}
