package dev.hardwire.live.trees;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that work on a tree in place are killed at random moments: every file is whole, as it
 * was or as it becomes, and the next run finishes the work and leaves nothing else.
 */
class CrashTest {
  private static final int FILES = 96;
  private static final int SAMPLE = 76;

  /** After so many, one should have been killed in the middle. */
  private static final int MOST_ROUNDS = 20;

  private static final List<String> PATCH =
      List.of("patch", "--deny", "uname", "--jobs", "2", "--recursive", "--in-place");
  private static final List<String> RESTORE =
      List.of("restore", "--jobs", "2", "--recursive", "--in-place");

  @TempDir private Path folder;
  private final Random random = new Random(9);
  private Path tree;
  private Path old;
  private Path patched;
  private int files;
  private int interrupted;
  private int swept;

  @BeforeEach
  void makeTree() throws IOException {
    old = Fixtures.named("gcc-pie").path();
    patched = folder.resolve("patched");
    Cli.ok("patch", "--deny", "uname", "-o", patched, old);
    tree = Files.createDirectory(folder.resolve("tree"));
  }

  @Test
  void aKilledRunLeavesWholeFiles() throws Exception {
    run(SAMPLE, 1);
  }

  @Test
  @Tag("long")
  void manyKilledRunsLeaveWholeFiles() throws Exception {
    run(FILES, 300);
  }

  private void run(int count, int rounds) throws Exception {
    files = count;
    for (int i = 0; i < files; i++) {
      Files.copy(old, tree.resolve("file" + i));
    }
    for (int round = 0; round < rounds || (interrupted == 0 && round < MOST_ROUNDS); round++) {
      boolean patches = round % 2 == 0;
      List<String> command = patches ? PATCH : RESTORE;
      killed(command);
      int changed = 0;
      for (int i = 0; i < files; i++) {
        changed += isChanged(tree.resolve("file" + i), patches) ? 1 : 0;
      }
      interrupted += changed > 0 && changed < files ? 1 : 0;
      swept += temporaries();
      Outcome outcome = Cli.run(command, tree);
      // what is restored already is not hard-wired, and skipped
      outcome.succeeds();
      for (int i = 0; i < files; i++) {
        assertThat(isChanged(tree.resolve("file" + i), patches)).isTrue();
      }
      assertThat(temporaries()).as("temporary files after round %d", round).isZero();
    }
    System.out.printf(
        "%d rounds: %d killed in the middle, %d temporary files removed%n",
        rounds, interrupted, swept);
    assertThat(interrupted).as("runs that were killed in the middle").isGreaterThan(rounds / 4);
  }

  /** Starts a command, and kills it when some of its files are done, or a little later. */
  private void killed(List<String> command) throws Exception {
    Object[] before = keys();
    int wanted = random.nextInt(files);
    // Files are put in their places in groups of some dozens then.
    Process process =
        Cli.process()
            .under("prlimit", "--nofile=256")
            .start(folder.resolve("stdout"), folder.resolve("stderr"), command, tree);
    while (process.isAlive() && changed(before) < wanted) {
      LockSupport.parkNanos(200_000);
    }
    LockSupport.parkNanos(random.nextInt(8_000_000));
    process.destroyForcibly();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(folder.resolve("stderr")).isEmptyFile();
  }

  private Object[] keys() throws IOException {
    Object[] keys = new Object[files];
    for (int i = 0; i < files; i++) {
      keys[i] = Files.getAttribute(tree.resolve("file" + i), "unix:ino");
    }
    return keys;
  }

  private int changed(Object... before) throws IOException {
    Object[] now = keys();
    int changed = 0;
    for (int i = 0; i < files; i++) {
      changed += now[i].equals(before[i]) ? 0 : 1;
    }
    return changed;
  }

  /** Whether a file is as the command makes it; it must be that, or as it was, bit for bit. */
  private boolean isChanged(Path file, boolean patches) throws IOException {
    Path result = patches ? patched : old;
    if (Files.mismatch(file, result) == -1) {
      return true;
    }
    assertThat(file).has(sameBytesAs(patches ? old : patched));
    return false;
  }

  private int temporaries() throws IOException {
    try (Stream<Path> files = Files.list(tree)) {
      return (int) files.filter(file -> !file.getFileName().toString().startsWith("file")).count();
    }
  }
}
