package dev.hardwire.why;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.why.code.OpenFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFilesTest {
  @TempDir private Path folder;

  /** Such as /proc/kmsg, which a core file may name, and which waits for messages. */
  @Test
  void filesWithoutASizeAreNotRead() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "text");
    try (OpenFiles files = new OpenFiles()) {
      assertThat(files.read(Path.of("/proc/self/maps"))).isEmpty();
      assertThat(files.read(folder)).isEmpty();
      assertThat(files.read(file).orElseThrow().size()).isEqualTo(4);
    }
  }
}
