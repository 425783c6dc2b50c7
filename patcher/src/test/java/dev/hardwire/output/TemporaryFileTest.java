package dev.hardwire.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFileTest {
  private static final Duration LONG = Duration.ofHours(2);

  @TempDir private Path folder;

  private Path file(String name, Duration age) throws IOException {
    Path file = Files.writeString(folder.resolve(name), "x");
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
    return file;
  }

  /** A name as it would be if one word of it were another. */
  private static String nameWith(int word, String other) {
    String[] words = TemporaryFile.newName().split("-", -1);
    words[word] = other;
    return String.join("-", words);
  }

  private List<String> swept() throws IOException {
    TemporaryFile.sweep(List.of(folder));
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void whatRunningProcessesWriteStays() throws IOException {
    String own = TemporaryFile.newName();
    file(own, LONG);
    assertThat(swept()).containsExactly(own);
    assertThat(TemporaryFile.isOne(folder.resolve(own))).isTrue();
  }

  @Test
  void whatEndedProcessesLeftIsRemoved() throws IOException {
    file(nameWith(2, "4194305"), Duration.ZERO); // more than the kernel ever gives a process
    file(nameWith(3, "1"), Duration.ZERO); // the number was given to another process since
    assertThat(swept()).isEmpty();
  }

  @Test
  void whatUnseenProcessesWriteStaysForAnHour() throws IOException {
    String fresh = nameWith(1, "0");
    file(fresh, Duration.ofMinutes(30));
    file(nameWith(1, "1"), LONG);
    assertThat(swept()).containsExactly(fresh);
  }

  @Test
  void whatIsNoTemporaryFileStays() throws IOException {
    file(".hardwire-0a1b2c3d.tmp", LONG);
    file("hardwire-1-2-3-4.tmp", LONG);
    Path elsewhere = file("elsewhere", LONG);
    Files.createSymbolicLink(folder.resolve(nameWith(2, "4194305")), elsewhere);
    assertThat(swept()).hasSize(4);
  }

  @Test
  void foldersOfKilledProcessesAreRemovedAndNoLinkInThemIsFollowed() throws IOException {
    Path work = Files.createDirectories(folder.resolve(nameWith(3, "1")).resolve("inside"));
    Path elsewhere = file("elsewhere", LONG);
    Files.createSymbolicLink(work.resolve("link"), elsewhere);
    Files.createSymbolicLink(work.resolve("up"), folder);
    assertThat(swept()).containsExactly("elsewhere");
  }
}
