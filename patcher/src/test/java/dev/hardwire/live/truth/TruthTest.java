package dev.hardwire.live.truth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A file that verifies is confined when it runs, however the program was made. The counts are in
 * {@code target/truth.txt}; files that were not confined in {@code target/truth}.
 *
 * <p>{@code -Dhardwire.truth.mutants} and {@code -Dhardwire.truth.seed} set another number and
 * another seed.
 */
class TruthTest {
  private static final int USUAL = 2_000;
  private static final int LONG = 50_000;
  private static final Path REPORT = Path.of("target", "truth.txt");
  private static final Path FIRST_REPORT = Path.of("target", "truth-first.txt");

  @TempDir private Path folder;

  private Tally run(int usual, long seed) throws Exception {
    return run(Treatment.ALL, usual, seed, REPORT);
  }

  private Tally run(List<Treatment> ways, int usual, long seed, Path report) throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    int count = Integer.getInteger("hardwire.truth.mutants", usual);
    long usedSeed = Long.getLong("hardwire.truth.seed", seed);
    Tally tally = new TruthRun(ways, usedSeed, 0, count, folder, Path.of("target", "truth")).run();
    Files.writeString(report, "seed %d, %s%n".formatted(usedSeed, tally));
    System.out.println("TruthTest: seed %d, %s".formatted(usedSeed, tally.counts()));
    return tally;
  }

  private static void assertNoViolation(Tally tally) {
    assertThat(tally.findings()).isEmpty();
    // each kind of result is reached
    assertThat(tally.count(Trial.Result.REFUSED)).isGreaterThan(100);
    assertThat(tally.count(Trial.Result.NOT_VERIFIED)).isGreaterThan(100);
    assertThat(tally.count(Trial.Result.CONFINED)).isGreaterThan(100);
    assertThat(tally.count(Trial.Result.NOT_STARTED)).isGreaterThan(10);
  }

  @Test
  void whatVerifiesIsConfined() throws Exception {
    assertNoViolation(run(USUAL, 15));
  }

  @Test
  @Tag("long")
  @Timeout(7200)
  void whatVerifiesIsConfinedOfMany() throws Exception {
    assertNoViolation(run(LONG, 50));
  }

  @Test
  void whatVerifiesUnderFirstIsConfined() throws Exception {
    assertNoViolation(run(Treatment.FROM_THE_FIRST_INSTRUCTION, USUAL, 16, FIRST_REPORT));
  }

  @Test
  @Tag("long")
  @Timeout(7200)
  void whatVerifiesUnderFirstIsConfinedOfMany() throws Exception {
    assertNoViolation(run(Treatment.FROM_THE_FIRST_INSTRUCTION, LONG, 51, FIRST_REPORT));
  }

  /** Programs that are not hard-wired, or without a policy that matters, are seen as such. */
  @Test
  void theRunnerSeesWhatIsNotConfined() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (Runner runner = new Runner(folder.resolve("runner"))) {
      for (Subject subject : Subject.all().stream().distinct().toList()) {
        Observation plain = runner.run(subject.original().elf.bytes());
        assertThat(plain.ended()).as(subject + ": " + plain).isTrue();
        assertThat(plain.lines())
            .noneMatch(l -> l.isConfinedBy(Layer.INNER) || l.isConfinedBy(Layer.OUTER));
        List<Treatment> ways = new ArrayList<>(Treatment.ALL);
        ways.addAll(Treatment.FROM_THE_FIRST_INSTRUCTION);
        for (Treatment way : ways) {
          if (subject.patched(way).isPresent()) {
            Observation confined = runner.run(subject.patched(way).get().elf.bytes());
            assertThat(confined.stages()).as(subject + ", " + way).contains("main", "fini");
            assertThat(confined.survived()).isFalse();
          }
        }
      }
    }
  }
}
