package dev.hardwire.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.ImageBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Files of a system that is an image. */
class ReachedFilesTest {
  @TempDir private Path folder;

  /** As {@code learn --watch} does, which joins its calls again and again. */
  @Test
  void anImageIsUnpackedAgainAfterItWasClosed() throws IOException {
    byte[] program = Files.readAllBytes(Path.of("/bin/true"));
    Path image =
        new ImageBuilder(folder.resolve("image"))
            .layer(new ImageBuilder.Archive().file("usr/bin/program", program).end())
            .write();
    ReachedFiles files =
        CommandLine.populateCommand(new ReachedFiles(), "--root", image.toString());
    for (int round = 0; round < 2; round++) {
      try (ReachedFiles reached = files) {
        assertThat(reached.root().file(Path.of("/usr/bin/program"))).isPresent();
      }
    }
  }
}
