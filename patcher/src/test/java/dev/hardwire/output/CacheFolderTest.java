package dev.hardwire.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.FileBytes;
import dev.hardwire.os.Faults;
import dev.hardwire.os.HostError;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folder of the cache does not grow without end. */
class CacheFolderTest {
  @TempDir private Path folder;

  private void age(String name, int days) throws IOException {
    Files.setLastModifiedTime(
        folder.resolve(name), FileTime.from(Instant.now().minus(Duration.ofDays(days))));
  }

  private Stream<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList().stream();
    }
  }

  @Test
  void theEntriesThatWereNotUsedForLongestAreDeleted() throws IOException {
    CacheFolder cache = new CacheFolder(folder, 4 * 1032);
    for (int i = 1; i <= 4; i++) {
      cache.write("entry" + i, new byte[1000]);
      age("entry" + i, 10 - i);
    }
    cache.trim();
    assertThat(names()).hasSize(4);
    assertThat(cache.read("entry1")).isPresent(); // and is young again
    cache.write("entry5", new byte[1000]);
    cache.trim();
    assertThat(names()).containsExactlyInAnyOrder("entry1", "entry4", "entry5");
    assertThat(cache.read("entry1"))
        .hasValueSatisfying(content -> assertThat(content).hasSize(1000));
    assertThat(cache.read("entry2")).isEmpty();
  }

  @Test
  void noFileTakesThePlaceOfAllOthers() throws IOException {
    CacheFolder cache = new CacheFolder(folder.resolve("cache"), 1000);
    for (int size : new int[] {500, 501}) {
      Path file = Files.write(folder.resolve("file"), new byte[size]);
      try (FileBytes content = FileBytes.open(file)) {
        cache.write("of" + size, content);
      }
    }
    assertThat(folder.resolve("cache")).isDirectoryContaining("glob:**of500");
    assertThat(folder.resolve("cache/of501")).doesNotExist();
  }

  @Test
  void temporaryFilesOfKilledProcessesAreDeletedWhenTheyAreOld() throws IOException {
    CacheFolder cache = new CacheFolder(folder);
    cache.write("entry", new byte[1]);
    Files.writeString(folder.resolve("new1.tmp"), "old");
    age("new1.tmp", 2);
    Files.writeString(folder.resolve("new2.tmp"), "in use");
    cache.trim();
    assertThat(names()).containsExactlyInAnyOrder("entry", "new2.tmp");
  }

  /** Whatever fails, an entry is whole or not there, and nothing else is left. */
  @Test
  void everyCallFailsOnce() throws IOException {
    CacheFolder cache = new CacheFolder(folder);
    cache.write("entry", new byte[] {1});
    for (boolean writes : new boolean[] {true, false}) {
      boolean isReached = true;
      for (int n = 1; isReached; n++) {
        Optional<byte[]> found = Optional.empty();
        try (Faults faults = Faults.inject(n, HostError.EIO)) {
          if (writes) {
            cache.write("entry", new byte[] {2});
          } else {
            found = cache.read("entry");
          }
          isReached = !faults.failed().isEmpty();
        }
        assertThat(names()).containsExactly("entry");
        assertThat(cache.read("entry").orElseThrow()).hasSize(1);
        found.ifPresent(content -> assertThat(content).containsExactly(2));
      }
    }
  }

  /** Classes from an archive have no location, or one below the working directory. */
  @Test
  void theProgramIsFoundWhereTheJvmDoesNotStateIt() throws IOException {
    Path jar = Files.createFile(folder.resolve("hardwire.jar"));
    Path application = Files.createFile(folder.resolve("application.jar"));
    URL elsewhere = folder.resolve("below/hardwire.jar").toUri().toURL();
    assertThat(CacheFolder.program(null, jar.toString())).contains(jar);
    assertThat(CacheFolder.program(elsewhere, jar.toString())).contains(jar);
    assertThat(CacheFolder.program(jar.toUri().toURL(), application + ":" + jar)).contains(jar);
    assertThat(CacheFolder.program(jar.toUri().toURL(), application.toString())).contains(jar);
    assertThat(CacheFolder.program(elsewhere, application.toString())).isEmpty();
    assertThat(CacheFolder.program(null, folder.toString())).isEmpty();
    assertThat(CacheFolder.program(URI.create("jrt:/java.base").toURL(), "")).isEmpty();
  }
}
