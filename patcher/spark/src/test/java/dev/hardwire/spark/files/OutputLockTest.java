package dev.hardwire.spark.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hardwire.cli.report.Failures;
import dev.hardwire.spark.Fleet;
import dev.hardwire.spark.FleetFailures;
import dev.hardwire.spark.UsageException;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One run writes to an output at a time. */
class OutputLockTest {
  private static final Duration BEAT = Duration.ofMillis(750);

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = folder.resolve("output").resolve(OutputLock.NAME);
  }

  private OutputLock take() throws IOException {
    return OutputLock.take(
        new org.apache.hadoop.fs.Path("file:" + file.getParent()), new Configuration(), BEAT);
  }

  @Test
  void anotherRunIsRefusedUntilTheFirstHasEnded() throws IOException {
    OutputLock first = take();
    try (first) {
      assertThatThrownBy(this::take)
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("file:" + file.getParent() + ": another run writes to it")
          .hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
      first.check();
    }
    assertThat(file).doesNotExist();
    take().close();
    assertThat(file.getParent()).isEmptyDirectory();
  }

  @Test
  void theLockOfAKilledRunIsTaken() throws IOException {
    Files.createDirectory(file.getParent());
    Files.writeString(file, "1@gone 0b1e 17");
    try (OutputLock lock = take()) {
      lock.check();
      assertThat(file).content().doesNotContain("gone");
    }
  }

  @Test
  void aRunWhoseLockWasTakenWritesNothingMore() throws IOException {
    try (OutputLock lock = take()) {
      Files.delete(file);
      Files.writeString(file, "2@other 0b1e 0");
      assertThatThrownBy(lock::check).hasMessageContaining("another run has taken it");
    }
    assertThat(file).content().startsWith("2@other"); // which is not its own to remove
  }

  @Test
  void anOutputThatIsAFileIsRefused() throws IOException {
    Files.createFile(file.getParent());
    assertThatThrownBy(this::take).isInstanceOf(IOException.class);
    assertThat(file.getParent()).isEmptyFile();
  }

  @Tag("system")
  @Test
  void anOutputThatCannotBeWrittenIsOneClearError() throws IOException {
    Path output = Files.createDirectory(file.getParent());
    Programs.output("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", output);
    try {
      IOException failure = catchThrowableOfType(IOException.class, this::take);
      Exception shown = FleetFailures.of(new org.apache.hadoop.fs.Path("file:" + output), failure);
      assertThat(Failures.text(null, shown))
          .isEqualTo("file:%s: %s: Read-only file system".formatted(output, file));
    } finally {
      Programs.output("umount", output);
    }
  }

  @ParameterizedTest
  @CsvSource({"file:/a, file:/a", "file:/a, file:/a/b/out", "hdfs://h/a/, hdfs://h/a/out"})
  void resultsAmongTheInputAreRefused(String input, String output) {
    assertThatThrownBy(
            () ->
                Fleet.requireOutside(
                    new org.apache.hadoop.fs.Path(input), new org.apache.hadoop.fs.Path(output)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("give an OUTPUT outside of INPUT");
  }

  @ParameterizedTest
  @CsvSource({"file:/a/b, file:/a", "file:/a, file:/ab", "hdfs://h/a, file:/a/out"})
  void resultsBesideTheInputAreNot(String input, String output) {
    assertThatCode(
            () ->
                Fleet.requireOutside(
                    new org.apache.hadoop.fs.Path(input), new org.apache.hadoop.fs.Path(output)))
        .doesNotThrowAnyException();
  }
}
