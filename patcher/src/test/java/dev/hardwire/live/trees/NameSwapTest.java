package dev.hardwire.live.trees;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Root works in a directory whose owner swaps names meanwhile. Nothing outside changes, and no
 * contents of that owner get the rights of root.
 */
class NameSwapTest {
  private static final int NOBODY = 65534;
  private static final Path ORIGINAL = Fixtures.named("gcc-pie").path();

  @TempDir private Path folder;
  private Path outside;
  private Path victim;
  private Path room;
  private Path program;

  @BeforeEach
  void makeFolders() throws IOException {
    outside = Files.createDirectory(folder.resolve("outside"));
    victim = Files.copy(ORIGINAL, outside.resolve("program"));
    Programs.output("chmod", "4755", victim);
    Programs.output("setcap", "cap_net_raw=ep", victim);
    room = Files.createDirectory(folder.resolve("room"));
    program = room.resolve("a/program");
    reset();
  }

  /** The attacker's own program has one more byte than root's. */
  private void reset() throws IOException {
    Path directory = room.resolve("a");
    Files.deleteIfExists(room.resolve("b"));
    if (Files.isSymbolicLink(directory)) {
      Files.delete(directory);
    }
    Files.createDirectories(directory);
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    byte[] own = Files.readAllBytes(ORIGINAL);
    own = Arrays.copyOf(own, own.length + 1);
    own[own.length - 1] = 1;
    Files.write(program, own);
    Programs.output("chmod", "0755", program);
    Programs.output("chown", "-R", NOBODY + ":" + NOBODY, room);
  }

  private static Map<String, Object> state(Path file) throws IOException {
    return Files.readAttributes(file, "unix:ino,uid,gid,mode,size,ctime,lastModifiedTime");
  }

  private Path link(int turn, Path to) throws IOException {
    Path link = Files.createSymbolicLink(room.resolve("link" + turn), to);
    Files.setAttribute(link, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
    return link;
  }

  /** What the owner of the directory does in turn: names of files, then of directories. */
  private void swap(int turn) throws IOException {
    Path directory = room.resolve("a");
    Path kept = room.resolve("kept");
    try {
      switch (turn % 4) {
        case 0 -> {
          Path link = link(turn, victim);
          Files.move(link, program, StandardCopyOption.ATOMIC_MOVE);
        }
        case 1 -> {
          Path link = link(turn, outside);
          Files.move(directory, kept);
          Files.move(link, directory, StandardCopyOption.ATOMIC_MOVE);
        }
        case 2 -> {
          Files.delete(directory);
          Files.move(kept, directory);
        }
        default -> {
          Path other = Files.copy(ORIGINAL, room.resolve("other" + turn));
          Files.write(other, new byte[] {1}, StandardOpenOption.APPEND);
          Files.setAttribute(other, "unix:uid", NOBODY);
          Files.move(other, program, StandardCopyOption.ATOMIC_MOVE);
        }
      }
    } catch (IOException e) {
      // the command was faster
    }
  }

  private void race(int rounds) throws IOException, InterruptedException {
    Map<String, Object> before = state(victim);
    byte[] content = Files.readAllBytes(victim);
    String capabilities = Programs.output("getcap", victim);
    int successes = 0;
    for (int round = 0; round < rounds; round++) {
      AtomicBoolean done = new AtomicBoolean();
      Thread attacker =
          new Thread(
              () -> {
                try {
                  for (int turn = 0; !done.get(); turn++) {
                    swap(turn);
                    Thread.sleep(0, 200_000);
                  }
                } catch (IOException | InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      attacker.start();
      Object[] command =
          switch (round % 3) {
            case 0 -> new Object[] {"patch", Policies.UNAME_ERRNO, "--in-place", program};
            case 1 -> new Object[] {"patch", Policies.UNAME_ERRNO, "-r", "--in-place", room};
            default -> new Object[] {"restore", "--in-place", program};
          };
      successes += Cli.run(command).status() == 0 ? 1 : 0;
      done.set(true);
      attacker.join();
      assertThat(state(victim)).as("round %d", round).isEqualTo(before);
      assertNothingIsPrivileged(round);
      try (var names = Files.list(outside)) {
        assertThat(names).as("round %d", round).containsExactly(victim);
      }
      Programs.output("rm", "-rf", room);
      Files.createDirectory(room);
      reset();
    }
    assertThat(victim).hasBinaryContent(content);
    assertThat(Programs.output("getcap", victim)).isEqualTo(capabilities);
    assertThat(successes).as("rounds in which the command succeeded").isPositive();
  }

  /** A setuid program of root, if there is one, has root's contents, and not one byte more. */
  private void assertNothingIsPrivileged(int round) throws IOException {
    try (var files = Files.walk(room)) {
      for (Path file :
          files.filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS)).toList()) {
        Map<String, Object> state = state(file);
        boolean isSetuid = ((Integer) state.get("mode") & 04000) != 0;
        byte[] content = Files.readAllBytes(file);
        if (isSetuid && state.get("uid").equals(0)) {
          Path restored = folder.resolve("restored");
          Cli.run("restore", "-o", restored, file);
          assertThat(restored).as("round %d", round).hasSameBinaryContentAs(ORIGINAL);
          Files.delete(restored);
        }
        assertThat(content).as("round %d: %s", round, file).isNotEmpty();
      }
    }
  }

  @Test
  void namesThatAreSwappedHarmNothingElse() throws Exception {
    race(200);
  }

  @Test
  @Tag("long")
  void namesThatAreSwappedForLongHarmNothingElse() throws Exception {
    race(1000);
  }
}
