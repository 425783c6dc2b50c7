package dev.hardwire.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hardwire.container.archive.UnpackLimit;
import dev.hardwire.testing.ImageBuilder;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A full disk is not taken for a damaged layer. */
class FullDiskTest {
  private static final Path FULL = Path.of("/dev/full");

  @TempDir private Path folder;

  @Test
  void theFileThatCannotBeWrittenIsNamed() throws IOException {
    byte[] layer =
        new ImageBuilder.Archive()
            .file("usr/bin/uname", Files.readAllBytes(Path.of("/usr/bin/uname")))
            .end();
    Path image = new ImageBuilder(folder.resolve("image")).layer(layer).write();
    try (Container container = Container.open(image, UnpackLimit.USUAL)) {
      ImageLayer only = container.images().get(0).parts().layers().get(0);
      FileSystemException failure =
          catchThrowableOfType(
              FileSystemException.class, () -> LayerBuilder.rewrite(only, 0, Map.of(), FULL));
      assertThat(failure.getFile()).isEqualTo(FULL.toString());
      assertThat(failure.getReason()).isEqualTo("No space left on device");
    }
  }
}
