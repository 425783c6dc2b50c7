package dev.hardwire.live.truth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What verifies is confined on real kernels of other architectures, too: mutants of their own
 * programs, as in {@link TruthTest}. The counts are in {@code target/truth-GUEST.txt}.
 */
class GuestTruthTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "aarch64, arm64 armhf, 1000",
    "riscv64, riscv64, 1000",
    "ppc64el, ppc64el, 1000",
    "s390x, s390x, 1000",
    "loong64, loong64, 1000",
    "linux-5.10, amd64 i386, 1000"
  })
  @Tag("long")
  void notVerifiedOrConfined(String guest, String architectures, int count) throws IOException {
    check(guest, architectures, Treatment.ALL, 50, count);
  }

  @ParameterizedTest
  @CsvSource({"linux-5.10, amd64, 1000", "linux-6.1, amd64, 1000", "aarch64, arm64, 1000"})
  @Tag("long")
  void underFirst(String guest, String architectures, int count) throws IOException {
    check(guest, architectures, Treatment.FROM_THE_FIRST_INSTRUCTION, 51, count);
  }

  private void check(String guest, String architectures, List<Treatment> ways, long seed, int usual)
      throws IOException {
    int count = Integer.getInteger("hardwire.truth.mutants", usual);
    long usedSeed = Long.getLong("hardwire.truth.seed", seed);
    GuestRun run = new GuestRun(guest, folder);
    List<String> names = List.of(architectures.split(" ", -1));
    for (String architecture : names) {
      run.add(architecture, ways, usedSeed, count);
    }
    Tally tally = run.boot();
    Path report = Path.of("target", "truth-%s.txt".formatted(guest));
    Files.writeString(report, "seed %d, %s%n".formatted(usedSeed, tally));
    System.out.println(
        "GuestTruthTest: %s, seed %d, %s".formatted(guest, usedSeed, tally.counts()));
    assertThat(tally.findings()).isEmpty();
    // each kind of result is reached
    assertThat(tally.count(Trial.Result.REFUSED)).isGreaterThan(10);
    assertThat(tally.count(Trial.Result.NOT_VERIFIED)).isPositive();
    assertThat(tally.count(Trial.Result.CONFINED)).isGreaterThan(5);
  }
}
