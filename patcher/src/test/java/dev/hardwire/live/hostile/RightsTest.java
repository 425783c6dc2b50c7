package dev.hardwire.live.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the user may not read or write ends in one line, exit code 6, and nothing left behind; what
 * only nobody may write is replaced.
 */
class RightsTest {
  @TempDir private Path folder;

  @Test
  void missingRightsAreReported() throws IOException {
    Path room = Files.createDirectory(folder.resolve("room"));
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Path others = Files.copy(Fixtures.named("gcc-pie").path(), shared.resolve("others"));
    Programs.output("chown", "-R", "nobody:nogroup", shared);
    Programs.output("chmod", "755", others);
    Programs.output("chmod", "1777", shared);
    Outcome outcome = Cli.java(RightsRun.class).withoutRights().call(room, others);
    outcome.succeeds();
    assertThat(outcome.out()).isEqualTo("63 refused\n");
  }
}
