package dev.hardwire.cli.run;

import dev.hardwire.cli.options.TraceOptions;
import dev.hardwire.cli.report.FileFault;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.learn.Learner;
import dev.hardwire.learn.log.LearnException;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.output.WorkFolder;
import dev.hardwire.work.ConfinedCopy;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One run of a program under strace: of a copy that is patched with a policy that allows
 * everything, so that the trace shows where a policy will be installed.
 */
public final class TracedRun {
  private static final int SIGNALLED = 128;

  /** What shells, env(1) and the like exit with if they cannot execute a program. */
  private static final Set<Integer> NOT_EXECUTED = Set.of(126, 127);

  /** SIGHUP, SIGINT and SIGTERM, by which programs are ended on purpose. */
  private static final Set<Integer> ENDINGS = Set.of(1, 2, 15);

  /** The status of a run that was not as it should be. */
  private static final int NOT_DONE = -1;

  private static final int ATTEMPTS = 4;
  private static final Duration SHORTEST_LIMIT = Duration.ofSeconds(10);
  private static final int PERIOD_MILLIS = 200;
  private static final int AWAITED_MILLIS = 1000;

  /** A line of strace -f. */
  private static final Pattern CLOSE = Pattern.compile("^\\d+ +close\\(");

  private static final int VDSO_PERIOD_MILLIS = 20;

  private final List<String> words;
  private final Path program;
  private final Path strace;
  private final TraceOptions options;
  private final PrintWriter err;
  private volatile Process process;
  private volatile boolean ended;
  private volatile boolean asked;
  private boolean describing;

  /** That of the first run. */
  private int firstStatus;

  /** Of the first run, in nanoseconds. */
  private long duration;

  /** How often the first run closed a file. */
  private int closes;

  private TracedRun(
      List<String> words, Path program, Path strace, TraceOptions options, PrintWriter err) {
    this.words = words;
    this.program = program;
    this.strace = strace;
    this.options = options;
    this.err = err;
  }

  /**
   * Finds the program and strace.
   *
   * @param words the program, as a shell would be given it, and its arguments
   */
  public static TracedRun of(List<String> words, TraceOptions options, PrintWriter err)
      throws IOException {
    Path program = find(words.get(0)).orElseThrow(() -> notFound(words.get(0))).toRealPath();
    Path strace =
        find("strace")
            .orElseThrow(
                () ->
                    new FileSystemException(
                        "strace", null, "not found in PATH; install Debian's package strace"));
    return new TracedRun(List.copyOf(words), program, strace.toRealPath(), options, err);
  }

  private static Optional<Path> find(String name) {
    if (name.indexOf('/') >= 0) {
      return Optional.of(Path.of(name)).filter(Files::isRegularFile);
    }
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/bin");
    return Stream.of(path.split(Pattern.quote(File.pathSeparator), -1))
        .map(directory -> Path.of(directory.isEmpty() ? "." : directory, name))
        .filter(Files::isExecutable)
        .filter(Files::isRegularFile)
        .findFirst();
  }

  private static IOException notFound(String name) {
    if (name.indexOf('/') < 0) {
      return new FileSystemException(name, null, "not found in PATH; give the path of the program");
    }
    return Files.exists(Path.of(name))
        ? new FileSystemException(name, null, "is not a regular file; give that of the program")
        : new NoSuchFileException(name);
  }

  /** The program's file. */
  public Path program() {
    return program;
  }

  /** The program's file name, as it was called. */
  public String name() {
    String word = words.get(0);
    return word.substring(word.lastIndexOf('/') + 1);
  }

  /** Whether the trace names the files and sockets of descriptors. */
  public TracedRun describingFiles(boolean describes) {
    describing = describes;
    return this;
  }

  /** Runs the program to its end, as often as the options say, and gives the learner the traces. */
  public void run(Learner learner, List<String> untraced) throws IOException {
    if (options.log() != null && Files.isDirectory(options.log())) {
      throw new FileSystemException(options.log().toString(), null, "is a directory");
    }
    int repeat = options.repeat();
    try (WorkFolder work = WorkFolder.make()) {
      Path copy = work.file(name());
      copy(copy);
      learner.ran(copy.toString(), program.toString());
      Variation[] ways = options.vary() ? Variation.values() : new Variation[] {Variation.PLAIN};
      for (int round = 1; round <= repeat; round++) {
        for (Variation way : ways) {
          if (!ended && !NOT_EXECUTED.contains(firstStatus)) {
            String suffix =
                (way.suffix().isEmpty() ? "" : "-" + way.suffix()) + (round > 1 ? "-" + round : "");
            List<String> left = way.mayLeaveOut() ? untraced : List.of();
            run(new Run(way, round == 1, copy, left), work, suffix, learner);
          }
        }
      }
    }
  }

  /**
   * Requires that the first run does not seem to have lacked a program.
   *
   * @throws LearnException if it exited as shells do that cannot execute a program
   */
  public void requireExecuted() {
    if (NOT_EXECUTED.contains(firstStatus)) {
      String trace =
          options.log() == null
              ? "keep the trace (--log FILE) and learn from it"
              : "learn from the trace: hardwire learn " + options.log();
      throw new LearnException(
          ("%s: exited with status %d, as programs do that cannot execute another one, so nothing"
                  + " is learned; if that is its usual end, %s")
              .formatted(name(), firstStatus, trace));
    }
  }

  /** One run: in which way, and whether its first. */
  private record Run(Variation way, boolean first, Path copy, List<String> untraced) {
    boolean isAsCalled() {
      return first && way == Variation.PLAIN;
    }
  }

  /** The trace is written to an open file, which gets its name when it is complete. */
  private void run(Run run, WorkFolder work, String suffix, Learner learner) throws IOException {
    boolean kept = options.log() != null;
    Path log = kept ? Path.of(options.log() + suffix) : work.file("trace" + suffix);
    try (AtomicFile trace = AtomicFile.beginForOthers(log)) {
      long start = System.nanoTime();
      int status = execute(run, trace.path(), 0);
      for (int attempt = 1; status == NOT_DONE; attempt++) {
        if (attempt == ATTEMPTS) {
          throw new FileSystemException(
              name(), null, "could not be run without a vDSO; leave out --vary, or run it by root");
        }
        status = execute(run, trace.path(), attempt);
      }
      if (run.isAsCalled()) {
        duration = System.nanoTime() - start;
        firstStatus = status;
      }
      report(run.way(), suffix, status);
      if (trace.size() == 0) {
        throw new FileSystemException(strace.toString(), null, "strace wrote no trace");
      }
      if (run.isAsCalled() && options.vary()) {
        closes = closes(trace);
      }
      if (!run.untraced().isEmpty()) {
        trace.append(Learner.leftOut(run.untraced()).getBytes(StandardCharsets.ISO_8859_1));
      }
      trace.finish();
      try (InputStream in = trace.read()) {
        learner.read(kept ? log.toString() : "trace" + suffix, in);
      }
    }
  }

  private static int closes(AtomicFile trace) throws IOException {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(trace.read(), StandardCharsets.ISO_8859_1))) {
      return (int) Math.min(Short.MAX_VALUE, lines.lines().filter(CLOSE.asPredicate()).count());
    }
  }

  private void copy(Path copy) throws IOException {
    try (ConfinedCopy marked = ConfinedCopy.allowingAll(program, options.hook())) {
      AtomicFile.write(copy, marked.bytes(), marked.source())
          .ifPresent(
              lost ->
                  err.println(
                      "hardwire: warning: the copy lacks attributes: " + TerminalText.of(lost)));
    } catch (RuntimeException e) {
      throw FileFault.ifRefused(program, e);
    }
  }

  private int execute(Run run, Path log, int attempt) throws IOException {
    List<String> traced = new ArrayList<>(List.of(run.copy().toString()));
    traced.addAll(words.subList(1, words.size()));
    List<String> command = new ArrayList<>(List.of(strace.toString(), "-f", "--quiet=attach"));
    if (!run.untraced().isEmpty()) {
      command.addAll(List.of("--seccomp-bpf", "-e", "trace=!" + String.join(",", run.untraced())));
    }
    if (describing) {
      command.add("-yy");
    }
    command.addAll(run.way().options(closes, attempt));
    command.addAll(List.of("-o", log.toString()));
    if (run.way() != Variation.NO_VDSO) {
      command.add("--argv0=" + words.get(0));
    }
    command.add("--");
    command.addAll(run.way().traced(traced));
    err.flush();
    ProcessBuilder builder = new ProcessBuilder(run.way().starting(command));
    restoreLocale(builder.environment());
    process = run.way().start(builder, regularInput(), run.isAsCalled());
    try {
      return run.isAsCalled() ? await() : attend(run.way());
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Waits for the last process of the run, and says so if the program itself has ended. */
  private int await() throws InterruptedException {
    TracedProcesses processes = new TracedProcesses(process.toHandle(), strace);
    boolean told = false;
    while (!process.waitFor(AWAITED_MILLIS, TimeUnit.MILLISECONDS)) {
      passOn();
      Optional<ProcessHandle> orphan =
          told ? Optional.empty() : processes.orphans().stream().findFirst();
      if (orphan.isPresent()) {
        err.println(
            ("hardwire: %s has ended, but processes that it started have not, such as %d; the trace"
                    + " ends with the last of them, or by SIGTERM to this command")
                .formatted(TerminalText.of(name()), orphan.get().pid()));
        err.flush();
        told = true;
      }
    }
    return process.exitValue();
  }

  /**
   * Waits for a further run, which gets a limited time, and takes its vDSO away if it has to.
   *
   * @return its status; {@link #NOT_DONE} if the vDSO was not removed in time
   */
  private int attend(Variation way) throws InterruptedException, IOException {
    long limit = System.nanoTime() + Math.max(SHORTEST_LIMIT.toNanos(), 2 * duration);
    Vdso vdso = new Vdso();
    boolean removes = way == Variation.NO_VDSO;
    boolean told = false;
    while (!process.waitFor(removes ? VDSO_PERIOD_MILLIS : PERIOD_MILLIS, TimeUnit.MILLISECONDS)) {
      passOn();
      if (removes) {
        process.descendants().map(ProcessHandle::pid).forEach(vdso::remove);
      }
      if (!told && System.nanoTime() - limit > 0) {
        terminate(process);
        told = true;
      }
    }
    return removes && vdso.removed() == 0 && !ended ? NOT_DONE : process.exitValue();
  }

  /** Standard input, if it is a regular file that can be read again. */
  private static Path regularInput() {
    Path input = Path.of("/proc/self/fd/0");
    return Files.isRegularFile(input) ? input : null;
  }

  /** The start script gives this process a locale of its own, and keeps the caller's. */
  private static void restoreLocale(Map<String, String> environment) {
    String kept = environment.remove("HARDWIRE_LC_ALL");
    if (kept != null && kept.startsWith("=")) {
      environment.put("LC_ALL", kept.substring(1));
    } else if (kept != null) {
      environment.remove("LC_ALL");
    }
  }

  /** Asks the program to end, as soon as it runs, and starts no further run. */
  public void terminate() {
    ended = true;
    passOn();
  }

  private void passOn() {
    Process running = process;
    if (ended && !asked && running != null) {
      asked = terminate(running);
    }
  }

  /** Asks the programs that strace started to end, and says whether there was one. */
  private boolean terminate(Process running) {
    TracedProcesses processes = new TracedProcesses(running.toHandle(), strace);
    List<ProcessHandle> programs = processes.orphans();
    if (programs.isEmpty()) {
      programs = processes.tracers().flatMap(ProcessHandle::children).toList();
    }
    programs.forEach(ProcessHandle::destroy);
    return !programs.isEmpty();
  }

  private void report(Variation way, String suffix, int status) {
    String run =
        way.suffix().isEmpty() && suffix.isEmpty() ? "" : " (run " + suffix.substring(1) + ")";
    String end =
        status > SIGNALLED
            ? "was ended by signal " + (status - SIGNALLED)
            : "exited with status " + status;
    boolean isMeant = status == 0 || ENDINGS.contains(status - SIGNALLED);
    boolean warns = way == Variation.PLAIN && !isMeant && !NOT_EXECUTED.contains(status);
    err.println(
        "hardwire: %s%s%s %s%s"
            .formatted(
                warns ? "warning: " : "",
                TerminalText.of(name()),
                run,
                end,
                warns ? "; if it failed, the policy lacks what it does otherwise" : ""));
    err.flush();
  }
}
