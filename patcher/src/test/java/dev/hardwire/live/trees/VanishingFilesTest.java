package dev.hardwire.live.trees;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody removes files of a tree while it is worked on: each is done or skipped, nothing fails,
 * and no result has other attributes than its original.
 */
class VanishingFilesTest {
  private static final int FILES = 4;
  private static final int ROUNDS = 40;
  private static final int SAMPLE = 10;

  /** After so many, files should have vanished before, and after, their results were in place. */
  private static final int MOST_ROUNDS = 200;

  /** By so many microseconds the longest pause grows in each round. */
  private static final int STEP = 2_000;

  private static final String MODE = "rwxr-xr-x";

  @TempDir private Path folder;
  private Path tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree = Files.createDirectory(folder.resolve("tree"));
  }

  private void makeFiles() throws IOException {
    for (int i = 0; i < FILES; i++) {
      Path file = tree.resolve("p" + i);
      Files.deleteIfExists(file);
      Files.copy(Fixtures.named("gcc-pie").path(), file, StandardCopyOption.COPY_ATTRIBUTES);
    }
  }

  private void removeFiles(Random pause, int longest) {
    try {
      for (int i = 0; i < FILES; i++) {
        TimeUnit.MICROSECONDS.sleep(pause.nextInt(longest));
        Files.delete(tree.resolve("p" + i));
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void whileFilesVanish(int rounds, Object... command) throws IOException {
    Random pause = new Random(FILES);
    List<Outcome> outcomes = new ArrayList<>();
    for (int round = 0; round < (isBothIn(outcomes) ? rounds : MOST_ROUNDS); round++) {
      makeFiles();
      int longest = (round + 1) * STEP;
      CompletableFuture<Void> other = CompletableFuture.runAsync(() -> removeFiles(pause, longest));
      outcomes.add(Cli.run(command));
      other.join();
    }
    assertThat(outcomes)
        .allSatisfy(outcome -> assertThat(outcome.status()).as(outcome.toString()).isZero())
        .allSatisfy(outcome -> assertThat(outcome.err()).isEmpty());
    assertThat(isBothIn(outcomes)).as(outcomes.toString()).isTrue();
    requireModes(tree);
  }

  private static boolean isBothIn(List<Outcome> outcomes) {
    String all = outcomes.toString();
    return all.contains("vanished") && all.contains(" bytes larger");
  }

  private static void requireModes(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .as(file.toString())
            .isEqualTo(MODE);
      }
    }
  }

  @Test
  void inPlace() throws IOException {
    inPlace(SAMPLE);
  }

  @Test
  @Tag("long")
  void manyRoundsInPlace() throws IOException {
    inPlace(ROUNDS);
  }

  private void inPlace(int rounds) throws IOException {
    whileFilesVanish(rounds, "patch", "--deny", "uname", "--replace", "-r", "--in-place", tree);
  }

  @Test
  void intoAnotherDirectory() throws IOException {
    intoAnotherDirectory(SAMPLE);
  }

  @Test
  @Tag("long")
  void manyRoundsIntoAnotherDirectory() throws IOException {
    intoAnotherDirectory(ROUNDS);
  }

  private void intoAnotherDirectory(int rounds) throws IOException {
    Path out = folder.resolve("out");
    List<Object> patch = List.of("patch", "--deny", "uname", "--replace", "-r", "--output-dir");
    whileFilesVanish(rounds, patch, out, tree);
    requireModes(out);
  }
}
