package dev.hardwire.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs programs.
 *
 * <p>What is forked while a thread has an executable open for writing has it open too, until it
 * becomes another program; if the executable were started before, that would fail with ETXTBSY. So
 * one lock covers the start of every program, and the command of {@link Cli}, which starts some.
 */
public final class Programs {
  /** Status of a program that SIGSYS ends, as shells tell it. */
  public static final int KILLED_BY_SIGSYS = 128 + 31;

  static final Object FORK = new Object();

  /** More where the processor is emulated. */
  private static final long TIMEOUT_SECONDS = Long.getLong("hardwire.timeout", 120);

  private static final Path HERE = Path.of("");

  private Programs() {}

  /** Runs a program without anything on its standard input. */
  public static Outcome run(Map<String, String> environment, Object... command) {
    return run(HERE, environment, strings(command));
  }

  static Outcome run(Path directory, Map<String, String> environment, List<String> command) {
    try {
      Path out = Files.createTempFile("out", ".txt");
      Path err = Files.createTempFile("err", ".txt");
      try {
        int status = status(start(directory, environment, command, out, err));
        Outcome outcome = new Outcome(status, read(out), read(err));
        Takes.Refusals.check(outcome);
        return outcome;
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Outcome run(Object... command) {
    return run(Map.of(), command);
  }

  /**
   * Runs a program in a directory, with what it writes to standard output and to standard error in
   * one text, and with the environment of the tests and more variables.
   */
  public static Outcome together(
      Path directory, Map<String, String> environment, Object... command) {
    try {
      Path printed = Files.createTempFile("printed", ".txt");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(strings(command))
                .directory(directory.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(printed.toFile())
                .redirectErrorStream(true);
        builder.environment().putAll(environment);
        int status = status(start(builder));
        return new Outcome(status, Files.readString(printed), "");
      } finally {
        Files.delete(printed);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a tool that has to succeed, and returns what it printed. */
  public static String output(Object... command) {
    Outcome outcome = run(command);
    if (outcome.status() != 0) {
      throw new AssertionError(Arrays.toString(command) + ": " + outcome);
    }
    return outcome.out();
  }

  /**
   * Whether a line is a warning: of calls of other names on an architecture, or of start code that
   * is not known.
   */
  public static boolean isWarning(String line) {
    return line.startsWith("hardwire: ") && line.contains(" warning: ");
  }

  /** Starts a program in the background. */
  public static Process start(
      Map<String, String> environment, List<String> command, Path out, Path err)
      throws IOException {
    return start(HERE, environment, command, out, err);
  }

  static Process start(
      Path directory, Map<String, String> environment, List<String> command, Path out, Path err)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toAbsolutePath().toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("LD_") || name.startsWith("SECCOMP_"));
    builder.environment().put("LC_ALL", "C");
    builder.environment().putAll(environment);
    return start(builder);
  }

  /** Starts a program as it was described. */
  public static Process start(ProcessBuilder builder) throws IOException {
    synchronized (FORK) {
      return builder.start();
    }
  }

  private static int status(Process process) {
    try {
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("no end after " + TIMEOUT_SECONDS + " s: " + process.info());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw new AssertionError(e);
    }
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  /** Lists are taken apart. */
  public static List<String> strings(Object... words) {
    return Arrays.stream(words)
        .flatMap(word -> word instanceof List<?> list ? list.stream() : Stream.of(word))
        .map(Object::toString)
        .toList();
  }
}
