package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file is read whole, or not at all. */
class InputFileTest {
  private static final byte[] CONTENT = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

  @TempDir private Path folder;

  private Path file() throws IOException {
    return Files.write(folder.resolve("file"), CONTENT);
  }

  @Test
  void filesThatBecameLongerOrShorterAreRefused() throws IOException {
    Path file = file();
    for (int size : new int[] {0, 1, 9, 11, 1 << 20}) {
      assertThatThrownBy(() -> InputFile.read(file, size, 4, start -> true))
          .as("%d bytes", size)
          .isInstanceOf(FileSystemException.class)
          .hasMessageEndingWith("the file changed while it was read");
    }
    assertThat(InputFile.read(file, CONTENT.length, 4, start -> true))
        .contains(Bytes.copyOf(CONTENT));
  }

  @Test
  void onlyTheStartIsReadOfWhatIsNotNeeded() throws IOException {
    Path file = file();
    assertThat(InputFile.openIf(file, 2, start -> start.length != 2 || start[1] != 2)).isEmpty();
    assertThat(InputFile.openIf(file, 99, start -> start.length != CONTENT.length)).isEmpty();
    try (InputFile open = InputFile.openIf(file, 0, start -> start.length == 0).orElseThrow()) {
      assertThat(open.bytes()).isEqualTo(Bytes.copyOf(CONTENT));
    }
    Path empty = Files.createFile(folder.resolve("empty"));
    try (InputFile open = InputFile.open(empty)) {
      assertThat(open.bytes().size()).isZero();
    }
  }
}
