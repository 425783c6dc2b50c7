package dev.hardwire.live.truth;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.LibraryFile;
import dev.hardwire.verify.Verifier;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.Report;
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
      Expectations.NONE.withLibraries(name -> new LibraryFile.Unknown("it is beside the program"));

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
  private Report report;
  private String detail = "";
  private boolean lost;

  Trial(List<Subject> subjects, List<Treatment> ways, long seed, int number) {
    Random random = new Random(seed * 1_000_003 + number);
    random.nextInt(); // the first numbers of near seeds are alike
    this.subject = subjects.get(random.nextInt(subjects.size()));
    this.way = ways.get(random.nextInt(ways.size()));
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
    Optional<Result> decided = prepare();
    if (decided.isPresent()) {
      return decided.get();
    }
    Observation seen = runner.run(file);
    Result result = judge(seen);
    if (result != Result.VIOLATION && !seen.stages().contains("main") && !afterwards) {
      Observation before = runner.run(draft.bytes());
      lost = before.ended() && !seen.started();
      if (lost) {
        detail = "the mutant reported %s, hard-wired %s".formatted(before, seen);
      }
    }
    return result;
  }

  /** Makes and verifies the file; empty if it is to be run. */
  Optional<Result> prepare() {
    Bytes mutant = draft.bytes();
    if (mutant.equals(draft.anatomy.elf.bytes())) {
      return Optional.of(Result.UNCHANGED);
    }
    try {
      boolean isPatched = afterwards && subject.patched(way).isPresent();
      file = isPatched ? mutant : way.patch(ElfFile.parse(mutant));
      report = Verifier.verify(file, EXPECTATIONS);
    } catch (ElfFormatException refused) {
      detail = refused.getMessage();
      return Optional.of(Result.REFUSED);
    } catch (RuntimeException error) {
      file = mutant;
      detail = error.toString();
      return Optional.of(Result.ERROR);
    }
    if (!report.passed()) {
      detail = report.checks().stream().filter(c -> !c.passed()).findFirst().map(Check::name).get();
      return Optional.of(Result.NOT_VERIFIED);
    }
    return file.size() > MOST_BYTES ? Optional.of(Result.TOO_LARGE) : Optional.empty();
  }

  /** What the file promises, and what it reported when it ran. */
  Result judge(Observation seen) {
    List<String> broken = Oracle.broken(report.patches(), seen);
    if (!broken.isEmpty()) {
      detail = "%s; it reported %s".formatted(broken, seen);
      return Result.VIOLATION;
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
