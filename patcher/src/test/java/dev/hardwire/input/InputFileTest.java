package dev.hardwire.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
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
  void filesThatBecomeLongerOrShorterAreRefused() throws IOException {
    for (int size : new int[] {0, 1, 9, 11, 1 << 20}) {
      Path file = file();
      Predicate<byte[]> changing =
          start -> {
            resize(file, size);
            return true;
          };
      assertThatThrownBy(() -> InputFile.openIf(file, 4, changing))
          .as("%d bytes", size)
          .isInstanceOf(FileSystemException.class)
          .hasMessageEndingWith("file: the file changed while it was read");
    }
  }

  private static void resize(Path file, int size) {
    try {
      Files.write(file, Arrays.copyOf(CONTENT, size));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whoever opens it has one or the other. */
  private void replacedByLonger(byte[] longer, int times) throws Exception {
    Path file = file();
    Path next = folder.resolve("next");
    AtomicBoolean opened = new AtomicBoolean();
    FutureTask<Void> replacing =
        new FutureTask<>(
            () -> {
              for (int i = 0; !opened.get(); i++) {
                Files.write(next, i % 2 == 0 ? longer : CONTENT);
                Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
              }
              return null;
            });
    new Thread(replacing).start();
    try {
      for (int i = 0; i < times; i++) {
        try (InputFile open = InputFile.openIf(file, CONTENT.length + 1, start -> true).get()) {
          assertThat(open.bytes()).isIn(Bytes.copyOf(CONTENT), Bytes.copyOf(longer));
        }
      }
    } finally {
      opened.set(true);
    }
    replacing.get();
  }

  @Test
  void filesThatAreReplacedAreRead() throws Exception {
    replacedByLonger(Arrays.copyOf(CONTENT, CONTENT.length + 1), 5_000);
  }

  /** Large ones are not read at once. */
  @Test
  void filesThatAreReplacedByLargeOnesAreRead() throws Exception {
    replacedByLonger(Arrays.copyOf(CONTENT, (1 << 23) + 1), 20);
  }

  @Test
  @Tag("long")
  void filesThatAreOftenReplacedByLargeOnesAreRead() throws Exception {
    replacedByLonger(Arrays.copyOf(CONTENT, (1 << 23) + 1), 200);
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
