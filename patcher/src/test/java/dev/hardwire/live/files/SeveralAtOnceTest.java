package dev.hardwire.live.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Containers;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Several processes change one container in place at the same time: those that say so have changed
 * it, one after the other, and the others say that it changed meanwhile, and leave nothing.
 */
class SeveralAtOnceTest {
  /** So many until two runs have met. */
  private static final int MOST_ROUNDS = 60;

  private static final List<String> CALLS = List.of("uname", "chown", "mkdir");

  @TempDir private Path folder;

  private void race(Containers kind, int rounds, int several) throws IOException {
    List<CommandLoop> processes =
        IntStream.range(0, several).mapToObj(CommandLoop::shared).toList();
    Path original = kind.make(folder.resolve("original"));
    List<Path> manifests = new ArrayList<>();
    List<String> results = new ArrayList<>();
    for (String call : CALLS.subList(0, several)) {
      manifests.add(Containers.manifest(folder, call));
      Path alone = folder.resolve("alone-" + call);
      Programs.output("cp", "-a", original, alone);
      Cli.ok("apply", "--root", alone, manifests.get(manifests.size() - 1));
      results.add(Containers.content(alone));
    }
    Path place = Files.createDirectory(folder.resolve("place"));
    Path container = place.resolve("container");
    int refused = 0;
    for (int round = 0; round < rounds || (refused == 0 && round < MOST_ROUNDS); round++) {
      Programs.output("rm", "-rf", container);
      Programs.output("cp", "-a", original, container);
      for (int i = 0; i < processes.size(); i++) {
        processes.get(i).send("apply", "--root", container, manifests.get(i));
      }
      List<Integer> done = new ArrayList<>();
      List<Outcome> answers = new ArrayList<>();
      for (int i = 0; i < processes.size(); i++) {
        Outcome answer = processes.get(i).answer();
        answers.add(answer);
        if (answer.status() == 0) {
          done.add(i);
          assertThat(answer.out()).as("%s", answer).contains("1 patched");
        } else {
          refused++;
          assertThat(answer.status()).as("%s", answer).isEqualTo(6);
          assertThat(answer.err()).contains("another process has changed or replaced it");
          assertThat(answer.out()).doesNotContain("patched");
        }
      }
      String what = "round %d: %s".formatted(round, answers);
      assertThat(done).as(what).isNotEmpty();
      if (done.size() == 1) { // of several, the last one has read what the others wrote
        assertThat(Containers.content(container)).as(what).isEqualTo(results.get(done.get(0)));
      }
      Cli.ok("apply", "--check", "--allow-unmatched", "--root", container, folder(container));
      try (Stream<Path> left = Files.list(place)) {
        assertThat(left).as(what).containsExactly(container);
      }
    }
    assertThat(refused).as("refused").isPositive();
  }

  /** A manifest that leaves every file as it is: reading the container checks all digests. */
  private Path folder(Path container) throws IOException {
    return Files.writeString(
        folder.resolve(container.getFileName() + ".leave.yaml"),
        "version: 1\nfiles:\n  - match: '**'\n    leave: true\n");
  }

  @ParameterizedTest
  @EnumSource
  void twoAtOnceDoNotUndoEachOther(Containers kind) throws IOException {
    race(kind, 1, 2);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("long")
  void fiftyRoundsOfThree(Containers kind) throws IOException {
    race(kind, 50, CALLS.size());
  }
}
