package dev.hardwire.live.corpus;

import dev.hardwire.live.corpus.CorpusVerdict.Kind;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Patches one program of the system, runs original and result, restores the original, and sees that
 * a policy which allows nothing ends the program.
 */
final class CorpusCheck {
  private static final List<String> ARGUMENTS = List.of("--version", "--help");
  private static final int TIMED_OUT = 124;
  private static final int NOT_SHUT_IN = 199;
  private static final int RETRIES = 8;

  private final Path program;
  private final List<String> mode;
  private final List<String> policy;
  private final Path patched;
  private final Path script;

  /**
   * @param mode options of the patch command that say what installs the policy
   * @param policy options for a policy with which the program should run as before
   * @param folder an empty one
   * @param script {@code in-its-place.sh}
   */
  CorpusCheck(Path program, List<String> mode, List<String> policy, Path folder, Path script) {
    this.program = program;
    this.mode = mode;
    this.policy = policy;
    this.patched = folder.resolve("patched");
    this.script = script;
  }

  CorpusVerdict verdict() {
    Outcome patching = Cli.run("patch", mode, policy, "-o", patched, program);
    if (patching.status() == 3) {
      String id = patching.err().replaceFirst("^hardwire: .*?: ", "").replaceFirst(":.*\n", "");
      return verdict(Kind.REFUSED, id);
    }
    if (patching.status() != 0 || !patching.err().isEmpty()) {
      return verdict(Kind.BROKEN, "patch: " + patching);
    }
    String wrong = verifyAndRestore();
    if (!wrong.isEmpty()) {
      return verdict(Kind.BROKEN, wrong);
    }
    if (Corpus.DANGEROUS.contains(program.getFileName().toString())) {
      return verdict(Kind.NOT_RUN, "");
    }
    CorpusVerdict worst = verdict(Kind.SAME, "");
    for (String argument : ARGUMENTS) {
      CorpusVerdict one = compare(argument);
      worst = one.kind().compareTo(worst.kind()) > 0 ? one : worst;
    }
    String unconfined = worst.kind() == Kind.BROKEN ? "" : unconfined();
    return unconfined.isEmpty() ? worst : verdict(Kind.BROKEN, unconfined);
  }

  /** What the program did under a policy that allows nothing, if it was not ended at once. */
  private String unconfined() {
    Outcome patching = Cli.run("patch", mode, Policies.ALLOW_NOTHING, "-o", patched, program);
    if (patching.status() != 0) {
      return "patch: " + patching;
    }
    Outcome outcome = run(patched, ARGUMENTS.get(0));
    return outcome.status() == Programs.KILLED_BY_SIGSYS ? "" : "not confined: " + outcome;
  }

  private CorpusVerdict verdict(Kind kind, String detail) {
    return new CorpusVerdict(program, kind, detail);
  }

  /** What went wrong, if anything did. */
  private String verifyAndRestore() {
    Outcome verified = Cli.run("verify", "--original", program, patched);
    if (verified.status() != 0) {
      return "verify: " + verified;
    }
    Path restored = patched.resolveSibling("restored");
    Outcome outcome = Cli.run("restore", "-o", restored, patched);
    try {
      boolean same = outcome.status() == 0 && Files.mismatch(restored, program) == -1;
      Files.deleteIfExists(restored);
      return same ? "" : "restore: " + outcome;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private CorpusVerdict compare(String argument) {
    List<Outcome> originals = new ArrayList<>(List.of(run(program, argument)));
    if (originals.get(0).status() != TIMED_OUT) {
      originals.add(run(program, argument));
    }
    Outcome now = run(patched, argument);
    if (originals.size() == 2 && originals.get(0).equals(originals.get(1))) {
      if (now.equals(originals.get(0))) {
        return verdict(Kind.SAME, "");
      }
      // Programs that start others may print in either order: then the original does it too.
      for (int i = 0; i < RETRIES && !originals.contains(now); i++) {
        originals.add(run(program, argument));
        now = run(patched, argument);
      }
      if (originals.contains(now)) {
        return verdict(Kind.SAME, "");
      }
    }
    return compareStatus(argument, originals, now);
  }

  private CorpusVerdict compareStatus(String argument, List<Outcome> originals, Outcome now) {
    long statuses = originals.stream().map(Outcome::status).distinct().count();
    boolean sameOutput = originals.size() > 1 && originals.stream().distinct().count() == 1;
    if (statuses > 1) {
      return verdict(Kind.NOT_COMPARABLE, argument);
    }
    if (sameOutput || now.status() != originals.get(0).status()) {
      return verdict(
          Kind.BROKEN, "%s: %s instead of %s".formatted(argument, now, originals.get(0)));
    }
    return verdict(Kind.SAME_STATUS, argument);
  }

  private Outcome run(Path file, String argument) {
    List<String> namespaces = List.of("-m", "-p", "-f", "-n", "-i", "-u", "--kill-child");
    Outcome outcome = Programs.run("unshare", namespaces, "sh", script, program, file, argument);
    boolean shutIn =
        outcome.status() != NOT_SHUT_IN && !outcome.err().matches("(unshare|setpriv): .*\n");
    if (!shutIn && !program.endsWith("unshare") && !program.endsWith("setpriv")) {
      throw new IllegalStateException(program + ": " + outcome);
    }
    return outcome;
  }
}
