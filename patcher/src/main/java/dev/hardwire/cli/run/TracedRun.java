package dev.hardwire.cli.run;

import dev.hardwire.cli.options.TraceOptions;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.core.ConfinedCopy;
import dev.hardwire.core.files.OutputFile;
import dev.hardwire.learn.Learner;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One run of a program under strace: of a copy that is patched with a policy that allows
 * everything, so that the trace shows where a policy will be installed.
 */
public final class TracedRun {
  private static final int SIGNALLED = 128;

  private final List<String> words;
  private final Path program;
  private final Path strace;
  private final TraceOptions options;
  private final PrintWriter err;
  private volatile Process process;

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
    Path program =
        find(words.get(0)).orElseThrow(() -> new NoSuchFileException(words.get(0))).toRealPath();
    Path strace =
        find("strace")
            .orElseThrow(
                () ->
                    new FileSystemException(
                        "strace", null, "not found in PATH; install Debian's package strace"));
    return new TracedRun(List.copyOf(words), program, strace, options, err);
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

  /** The program's file name, as it was called. */
  public String name() {
    String word = words.get(0);
    return word.substring(word.lastIndexOf('/') + 1);
  }

  /** Runs the program to its end, and gives the learner the trace. */
  public void run(Learner learner) throws IOException {
    if (options.log() != null && Files.isDirectory(options.log())) {
      throw new FileSystemException(options.log().toString(), null, "is a directory");
    }
    Path parent = Path.of(Optional.ofNullable(System.getenv("TMPDIR")).orElse("/tmp"));
    Path directory = Files.createTempDirectory(parent, "hardwire-learn");
    try {
      Path copy = directory.resolve(name());
      copy(copy);
      Path log = options.log() == null ? directory.resolve("trace") : options.log();
      Files.deleteIfExists(log);
      report(execute(copy, log));
      if (!Files.exists(log)) {
        throw new FileSystemException(strace.toString(), null, "strace wrote no trace");
      }
      try (InputStream in = Files.newInputStream(log)) {
        learner.read(options.log() == null ? "trace" : log.toString(), in);
      }
    } finally {
      remove(directory);
    }
  }

  private void copy(Path copy) throws IOException {
    OutputFile.write(copy, ConfinedCopy.allowingAll(program, options.hook()), program)
        .ifPresent(
            lost ->
                err.println(
                    "hardwire: warning: the copy lacks attributes: " + TerminalText.of(lost)));
  }

  private int execute(Path copy, Path log) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                strace.toString(),
                "-f",
                "--quiet=attach",
                "-o",
                log.toString(),
                "--argv0=" + words.get(0),
                "--",
                copy.toString()));
    command.addAll(words.subList(1, words.size()));
    err.flush();
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    restoreLocale(builder.environment());
    process = builder.start();
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** The start script gives this process a locale of its own, and keeps the caller's. */
  private static void restoreLocale(Map<String, String> environment) {
    environment.remove("HARDWIRE_BATCH");
    String kept = environment.remove("HARDWIRE_LC_ALL");
    if (kept != null && kept.startsWith("=")) {
      environment.put("LC_ALL", kept.substring(1));
    } else if (kept != null) {
      environment.remove("LC_ALL");
    }
  }

  /** Asks the program, if it runs, to end. */
  public void terminate() {
    Process running = process;
    if (running != null) {
      running.children().forEach(ProcessHandle::destroy);
    }
  }

  private void report(int status) {
    err.println(
        status > SIGNALLED
            ? "hardwire: %s was ended by signal %d"
                .formatted(TerminalText.of(name()), status - SIGNALLED)
            : "hardwire: %s exited with status %d".formatted(TerminalText.of(name()), status));
    err.flush();
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(directory);
  }
}
