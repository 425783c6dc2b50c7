package dev.hardwire.live.hostile;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A program of its own, so that it can be given little memory: patches mutants of executables, and
 * starts both. Arguments: an empty folder, the number of mutants of each executable, then
 * executables with one argument each, joined by a space. Prints a line for each finding and then
 * what became of all.
 */
public final class MutantRun {
  private static final long PROCESSOR_SECONDS = 5;
  private static final long WALL_SECONDS = 60;
  private static final int NOT_PATCHABLE = 3;
  private static final int NOT_VERIFIED = 5;
  private static final long SEED = 20_000;
  private static final int PROGRESS = 100;

  private final Path folder;
  private final Path program;
  private final MutantStart start;
  private final ExecutorService patcher = Executors.newSingleThreadExecutor();
  private final Map<String, Integer> counts = new TreeMap<>();
  private final List<String> findings = new ArrayList<>();
  private long slowest;

  private MutantRun(Path folder, Path original, String argument) throws IOException {
    this.folder = Files.createDirectory(folder.resolve(original.getFileName().toString()));
    Files.setPosixFilePermissions(this.folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    this.program = this.folder.resolve(original.getFileName().toString());
    this.start = new MutantStart(this.folder, program, argument);
  }

  /** Starts it. */
  public static void main(String... args) throws Exception {
    Path folder = Path.of(args[0]);
    int each = Integer.parseInt(args[1]);
    Map<String, Integer> all = new TreeMap<>();
    long slowest = 0;
    boolean sound = true;
    for (String line : Arrays.asList(args).subList(2, args.length)) {
      String[] words = line.split(" ", 2);
      Path original = Path.of(words[0]);
      MutantRun run = new MutantRun(folder, original, words[1]).run(original, each);
      run.findings.forEach(System.out::println);
      System.out.println(run.program.getFileName() + " " + run.counts);
      sound &= run.findings.isEmpty();
      slowest = Math.max(slowest, run.slowest);
      run.counts.forEach((what, count) -> all.merge(what, count, Integer::sum));
    }
    System.out.printf("all %s%nslowest patch: %d ms of processor time%n", all, slowest / 1_000_000);
    System.exit(sound ? 0 : 1);
  }

  private MutantRun run(Path original, int count) throws Exception {
    byte[] good = Files.readAllBytes(original);
    Mutants mutants = new Mutants(good, SEED + original.hashCode());
    for (int i = 0; i < count; i++) {
      byte[] mutant = mutants.next();
      String verdict;
      try {
        verdict = verdict(mutant);
      } catch (FoundException e) {
        verdict = "FOUND " + e.getMessage();
      }
      counts.merge(verdict.replaceFirst(":(?s).*", ""), 1, Integer::sum);
      if (verdict.startsWith("FOUND")) {
        findings.add(
            "%s: %s, mutant %d (%s)".formatted(verdict, original, i, mutants.description()));
        Files.write(folder.resolve("finding-" + i), mutant);
      }
      if ((i + 1) % PROGRESS == 0 && i + 1 < count) {
        System.out.println("so far: " + program.getFileName() + " " + counts);
      }
    }
    patcher.shutdownNow();
    return this;
  }

  private static final class FoundException extends Exception {
    private static final long serialVersionUID = 1L;

    FoundException(String message) {
      super(message);
    }
  }

  /** What became of a mutant, in a few words; then, behind a colon, why. */
  private String verdict(byte[] mutant) throws Exception {
    put(mutant);
    Path harmless = folder.resolve("harmless");
    Files.deleteIfExists(harmless);
    Outcome done = hardwire("patch", "--jobs", "1", "--deny", "ptrace", "-o", harmless, program);
    if (done.status() == NOT_PATCHABLE) {
      require(!Files.exists(harmless) && !leftovers(), "output left behind");
      require(done.err().lines().count() == 1, "not one line: " + done.err());
      return "refused";
    }
    require(done.status() == 0, "exit code %d: %s".formatted(done.status(), done.err()));
    Outcome before = start.run();
    Outcome verified = hardwire("verify", "--original", program, harmless);
    if (!MutantStart.started(before) && verified.status() == NOT_VERIFIED) {
      return "patched, not verified, does not start before either";
    }
    require(verified.status() == 0, "not verified: " + verified);
    if (!MutantStart.started(before)) {
      return "patched, does not start before either";
    }
    Path strict = folder.resolve("strict");
    done = hardwire("patch", "--jobs", "1", "--allow", "", "-o", strict, program);
    require(done.status() == 0, "exit code %d: %s".formatted(done.status(), done.err()));
    Files.move(harmless, program, StandardCopyOption.REPLACE_EXISTING);
    Outcome after = start.run();
    if (!MutantStart.ended(after)) {
      after = start.run(MutantStart.PATIENCE_SECONDS);
    }
    if (!after.equals(before) && !isFlaky(mutant, before)) {
      throw new FoundException("does not start: %s; the mutant: %s".formatted(after, before));
    }
    Files.move(strict, program, StandardCopyOption.REPLACE_EXISTING);
    Outcome confined = start.run();
    require(
        MutantStart.isKilled(confined) && !confined.out().equals(before.out()),
        "not confined: " + confined);
    return "patched, starts as before";
  }

  private static void require(boolean condition, String otherwise) throws FoundException {
    if (!condition) {
      throw new FoundException(otherwise);
    }
  }

  /** Whether the mutant itself does not always start. */
  private boolean isFlaky(byte[] mutant, Outcome expected) throws Exception {
    put(mutant);
    for (int i = 0; i < 8; i++) {
      if (!start.run().equals(expected)) {
        return true;
      }
    }
    return false;
  }

  private boolean leftovers() throws IOException {
    try (var files = Files.list(folder)) {
      return files.anyMatch(file -> file.getFileName().toString().endsWith(".tmp"));
    }
  }

  private Outcome hardwire(Object... words) throws Exception {
    String[] args = Arrays.stream(words).map(Object::toString).toArray(String[]::new);
    Future<Outcome> future = patcher.submit(() -> command(args));
    try {
      return future.get(WALL_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new FoundException("no end after %d seconds".formatted(WALL_SECONDS));
    }
  }

  private Outcome command(String... args) throws FoundException {
    var threads = ManagementFactory.getThreadMXBean();
    long begin = threads.getCurrentThreadCpuTime();
    Outcome outcome;
    try {
      outcome = Cli.run((Object[]) args);
    } catch (OutOfMemoryError e) {
      throw new FoundException("more memory than there is: " + e.getMessage());
    }
    long time = threads.getCurrentThreadCpuTime() - begin;
    slowest = Math.max(slowest, time);
    long seconds = TimeUnit.NANOSECONDS.toSeconds(time);
    require(seconds < PROCESSOR_SECONDS, "took %d seconds".formatted(seconds));
    return outcome;
  }

  private void put(byte[] content) throws IOException {
    Path next = folder.resolve("next");
    Files.write(next, content);
    Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.move(next, program, StandardCopyOption.REPLACE_EXISTING);
  }
}
