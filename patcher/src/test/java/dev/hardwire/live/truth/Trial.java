package dev.hardwire.live.truth;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.verify.Check;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.LibraryFile;
import dev.hardwire.verify.Report;
import dev.hardwire.verify.SignatureExpectations;
import dev.hardwire.verify.Verifier;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * One mutant: made, hard-wired, verified and run. The same number of the same seed is the same
 * mutant.
 */
final class Trial {
  /** How many of a hundred are hard-wired first and changed then. */
  private static final int CHANGED_AFTERWARDS = 20;

  private static final long MOST_BYTES = 1 << 24;

  private static final Expectations EXPECTATIONS =
      new Expectations(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          SignatureExpectations.NONE,
          name -> new LibraryFile.Unknown("it is beside the program"));

  /** What became of a mutant. */
  enum Result {
    /** The change did not change anything. */
    UNCHANGED,
    REFUSED,
    /** It was hard-wired, or was before, and does not verify. */
    NOT_VERIFIED,
    /** It verifies, and is too large to be run. */
    TOO_LARGE,
    /** It verifies, and no part of it ran. */
    NOT_STARTED,
    /** It verifies, and was confined as promised. */
    CONFINED,
    /** It was not confined; it has start code that is not looked at. */
    NOT_PROVEN,
    /** It was not confined. */
    VIOLATION,
    /** The patcher or the verifier failed. */
    ERROR
  }

  private final Subject subject;
  private final Treatment way;
  private final boolean afterwards;
  private final String name;
  private Draft draft;
  private Bytes file;
  private String detail = "";
  private boolean lost;

  Trial(List<Subject> subjects, long seed, int number) {
    Random random = new Random(seed * 1_000_003 + number);
    random.nextInt(); // the first numbers of near seeds are alike
    this.subject = subjects.get(random.nextInt(subjects.size()));
    this.way = Treatment.ALL.get(random.nextInt(Treatment.ALL.size()));
    this.afterwards = random.nextInt(100) < CHANGED_AFTERWARDS;
    Optional<Anatomy> patched = afterwards ? subject.patched(way) : Optional.empty();
    this.draft = new Draft(patched.orElse(subject.original()), random);
    this.name =
        "seed %d, mutant %d: %s, %s%s"
            .formatted(seed, number, subject, way, patched.isPresent() ? ", changed after" : "");
    Mutations.apply(draft);
  }

  /** Makes the trial. */
  Result run(Runner runner) throws IOException {
    Bytes mutant = draft.bytes();
    if (mutant.equals(draft.anatomy.elf.bytes())) {
      return Result.UNCHANGED;
    }
    Report report;
    try {
      boolean isPatched = afterwards && subject.patched(way).isPresent();
      file = isPatched ? mutant : way.patch(ElfFile.parse(mutant));
      report = Verifier.verify(file, EXPECTATIONS);
    } catch (ElfFormatException refused) {
      detail = refused.getMessage();
      return Result.REFUSED;
    } catch (RuntimeException error) {
      file = mutant;
      detail = error.toString();
      return Result.ERROR;
    }
    if (!report.passed()) {
      detail = report.checks().stream().filter(c -> !c.passed()).findFirst().map(Check::name).get();
      return Result.NOT_VERIFIED;
    }
    if (file.size() > MOST_BYTES) {
      return Result.TOO_LARGE;
    }
    return judge(report, runner.run(file), runner);
  }

  private Result judge(Report report, Observation seen, Runner runner) throws IOException {
    List<String> broken = Oracle.broken(report.patches(), seen);
    if (!broken.isEmpty()) {
      detail = "%s; it reported %s".formatted(broken, seen);
      return Oracle.isProven(ElfFile.parse(file), report.patches())
          ? Result.VIOLATION
          : Result.NOT_PROVEN;
    }
    if (!seen.stages().contains("main") && !afterwards) {
      Observation before = runner.run(draft.bytes());
      lost = before.ended() && !seen.started();
      if (lost) {
        detail = "the mutant reported %s, hard-wired %s".formatted(before, seen);
      }
    }
    return seen.started() ? Result.CONFINED : Result.NOT_STARTED;
  }

  /** Whether the mutant ran to its end and, hard-wired, did not start. */
  boolean isLost() {
    return lost;
  }

  /** Whether it was hard-wired before it was changed. */
  boolean isChangedAfterwards() {
    return afterwards;
  }

  /** The file that was verified and run. */
  Bytes file() {
    return file;
  }

  /** The changed file. */
  Bytes mutant() {
    return draft.bytes();
  }

  String detail() {
    return detail;
  }

  /** Where the mutant comes from and how it was changed. */
  @Override
  public String toString() {
    return name + ": " + draft.changes();
  }

  /** The name of a file for it. */
  Path fileName(int number) {
    return Path.of("%s-%d".formatted(subject, number));
  }
}
