package dev.hardwire.live.truth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A file that verifies is confined when it runs, however the program was made. The counts are in
 * {@code target/truth.txt}; files that were not confined in {@code target/truth}.
 *
 * <p>{@code -Dhardwire.truth.mutants} and {@code -Dhardwire.truth.seed} set another number and
 * another seed.
 */
class TruthTest {
  private static final int USUAL = 400;
  private static final int LONG = 50_000;
  private static final Path REPORT = Path.of("target", "truth.txt");
  private static final Path FIRST_REPORT = Path.of("target", "truth-first.txt");

  /** How programs are built in another release. */
  private static final List<String> OPTIONS =
      Stream.of(
              "-fPIE -pie",
              "-fPIE -pie -Wl,-z,now",
              "-fPIE -pie -fcf-protection=none -Wl,-z,norelro,-z,lazy",
              "-fno-pie -no-pie",
              "-fPIE -pie -rdynamic -Wl,--hash-style=both")
          .map(options -> "-O2 -fno-builtin -fno-stack-protector " + options)
          .toList();

  @TempDir private Path folder;

  private Tally run(int usual, long seed) throws Exception {
    return run(Treatment.ALL, usual, seed, REPORT);
  }

  private Tally run(List<Treatment> ways, int usual, long seed, Path report) throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    return run(Subject.all(), ways, usual, seed, Optional.empty(), report);
  }

  private Tally run(
      List<Subject> subjects,
      List<Treatment> ways,
      int usual,
      long seed,
      Optional<Path> root,
      Path report)
      throws Exception {
    int count = Integer.getInteger("hardwire.truth.mutants", usual);
    long usedSeed = Long.getLong("hardwire.truth.seed", seed);
    Path kept = Path.of("target", "truth");
    Tally tally =
        new TruthRun(subjects, ways, usedSeed, 0, count, root.orElse(folder), root, kept).run();
    Files.writeString(report, "seed %d, %s%n".formatted(usedSeed, tally));
    System.out.println("TruthTest: seed %d, %s".formatted(usedSeed, tally.counts()));
    return tally;
  }

  /** Asserts that each kind of result is reached, so often at least, but the rarest. */
  private static void assertNoViolation(Tally tally, int least) {
    assertThat(tally.findings()).isEmpty();
    assertThat(tally.count(Trial.Result.REFUSED)).isGreaterThan(least);
    assertThat(tally.count(Trial.Result.NOT_VERIFIED)).isGreaterThan(least);
    assertThat(tally.count(Trial.Result.CONFINED)).isGreaterThan(least);
    assertThat(tally.count(Trial.Result.NOT_STARTED)).isGreaterThan(least / 10);
  }

  @Test
  void whatVerifiesIsConfined() throws Exception {
    assertNoViolation(run(USUAL, 15), USUAL / 12);
  }

  @Test
  @Tag("long")
  @Timeout(7200)
  void whatVerifiesIsConfinedOfMany() throws Exception {
    assertNoViolation(run(LONG, 50), 100);
  }

  @Test
  void whatVerifiesUnderFirstIsConfined() throws Exception {
    assertNoViolation(
        run(Treatment.FROM_THE_FIRST_INSTRUCTION, USUAL, 16, FIRST_REPORT), USUAL / 12);
  }

  @Test
  @Tag("long")
  @Timeout(7200)
  void whatVerifiesUnderFirstIsConfinedOfMany() throws Exception {
    assertNoViolation(run(Treatment.FROM_THE_FIRST_INSTRUCTION, LONG, 51, FIRST_REPORT), 100);
  }

  /** With programs and C library of another release: {@code target/truth-first-RELEASE.txt}. */
  @ParameterizedTest
  @CsvSource({"bullseye, 2.31", "bookworm, 2.36"})
  @Tag("long")
  @Timeout(7200)
  void whatVerifiesUnderFirstIsConfinedInOldReleases(String release, String glibc)
      throws Exception {
    Path root = folder.resolve("root");
    Path script = Path.of("..", "fixtures", "debian-root.sh");
    Process making =
        Programs.start(
            new ProcessBuilder(Programs.strings("sh", script, release, root, "gcc,libc6-dev"))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("making").toFile()));
    assertThat(making.waitFor()).isZero();
    assertThat(Programs.output("chroot", root, "ldd", "--version")).contains(glibc);
    Path sources = Path.of("..", "fixtures", "src");
    Files.copy(sources.resolve("truth.c"), root.resolve("truth.c"));
    Files.copy(sources.resolve("tools/truth-run.c"), root.resolve("truth-run.c"));
    Programs.output("chroot", root, "gcc", "-o", "/truth-run", "/truth-run.c");
    Path built = Files.createDirectory(root.resolve("built"));
    for (String options : OPTIONS) {
      List<String> words = List.of(options.split(" ", -1));
      String name = "/built/truth-" + OPTIONS.indexOf(options);
      Programs.output("chroot", root, "gcc", words, "-o", name, "/truth.c");
    }
    assertNoViolation(
        run(
            Subject.in(built),
            Treatment.FROM_THE_FIRST_INSTRUCTION,
            LONG,
            61,
            Optional.of(root),
            Path.of("target", "truth-first-%s.txt".formatted(release))),
        100);
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
