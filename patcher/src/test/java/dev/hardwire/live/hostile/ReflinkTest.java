package dev.hardwire.live.hostile;

import static dev.hardwire.testing.Programs.output;
import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.live.hostile.HostileRoom.Command;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the file system can, large results share their blocks with the original. */
@Tag("long") // not every machine that builds may mount an image
class ReflinkTest {
  private static final int LARGE = 32 << 20;
  private static final long BLOCK = 4096;
  private static final long IMAGE = 320L << 20;

  /** A line of filefrag: logical and physical blocks, how many, and what is known about them. */
  private static final Pattern SHARED =
      Pattern.compile("\\d+\\.\\. *\\d+: +\\d+\\.\\. *\\d+: +(\\d+):.*\\bshared\\b");

  @TempDir private Path folder;
  private Path place;

  @BeforeEach
  void mount() throws IOException {
    Path image = folder.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(IMAGE);
    }
    output("mkfs.xfs", "-q", image);
    place = Files.createDirectory(folder.resolve("place"));
    output("mount", "-o", "loop", image, place);
  }

  @AfterEach
  void unmount() {
    output("umount", place);
  }

  private static void shares(Path file) {
    Matcher lines = SHARED.matcher(output("filefrag", "-s", "-v", "-b" + BLOCK, file));
    long shared = 0;
    while (lines.find()) {
      shared += Long.parseLong(lines.group(1)) * BLOCK;
    }
    assertThat(shared).as(file.toString()).isGreaterThan(LARGE - (1 << 20));
  }

  private static void succeeds(Outcome outcome) {
    outcome.succeeds();
  }

  @Test
  void largeResultsShareBlocks() throws IOException {
    HostileRoom room = new HostileRoom(place);
    byte[] more = new byte[LARGE];
    new Random(1).nextBytes(more);
    Files.write(room.good, more, StandardOpenOption.APPEND);
    succeeds(room.run(Command.PATCH, room.good));
    shares(room.out);
    succeeds(Cli.run("verify", "--original", room.good, room.out));
    Path wired = Files.move(room.out, place.resolve("large"));
    succeeds(room.run(Command.SIGN, wired));
    shares(room.out);
    Path certificate = room.fine(Command.VERIFY_TRUST);
    succeeds(Cli.run("verify", "--trust", certificate, room.out));
    succeeds(room.run(Command.RESTORE, wired));
    shares(room.out);
    assertThat(room.out).has(sameBytesAs(room.good));
    succeeds(room.run(Command.PATCH_IN_PLACE, room.out));
    shares(room.out);
    assertThat(room.out).has(sameBytesAs(wired));
  }
}
