package dev.hardwire.testing;

import dev.hardwire.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
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
 * Runs programs, and Hardwire's command.
 *
 * <p>What is forked while a thread has an executable open for writing has it open too, until it
 * becomes another program; if the executable were started before, that would fail with ETXTBSY. So
 * one lock covers the start of every program, and the command, which starts some.
 */
public final class Programs {
  /** Status of a program that SIGSYS ends, as shells tell it. */
  public static final int KILLED_BY_SIGSYS = 128 + 31;

  private static final Object FORK = new Object();
  private static final long TIMEOUT_SECONDS = 120;

  private Programs() {}

  /**
   * What a program did.
   *
   * @param status its exit status; 128 + N if signal N ended it
   */
  public record Outcome(int status, String out, String err) {}

  /** Runs a program without anything on its standard input. */
  public static Outcome run(Map<String, String> environment, Object... command) {
    try {
      Path out = Files.createTempFile("out", ".txt");
      Path err = Files.createTempFile("err", ".txt");
      try {
        int status = status(start(environment, strings(command), out, err));
        return new Outcome(status, read(out), read(err));
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

  /** Runs a tool that has to succeed, and returns what it printed. */
  public static String output(Object... command) {
    Outcome outcome = run(command);
    if (outcome.status() != 0) {
      throw new AssertionError(Arrays.toString(command) + ": " + outcome);
    }
    return outcome.out();
  }

  /** Whether a line says what a policy does not reach: other names of a call on an architecture. */
  public static boolean isWarning(String line) {
    return line.startsWith("hardwire: warning: ");
  }

  /** Runs Hardwire's command in this process. */
  public static Outcome hardwire(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] words = strings(args).toArray(String[]::new);
    synchronized (FORK) {
      int code = Main.run(new PrintWriter(out), new PrintWriter(err), words);
      return new Outcome(code, out.toString(), err.toString());
    }
  }

  /** Runs Hardwire's command as a process of its own, whose output a traced program shares. */
  public static Outcome hardwireProcess(Map<String, String> environment, Object... args) {
    return run(
        environment,
        Path.of(System.getProperty("java.home"), "bin", "java"),
        "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
        Main.class.getName(),
        strings(args));
  }

  /** Starts a program in the background. */
  public static Process start(
      Map<String, String> environment, List<String> command, Path out, Path err)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("LD_"));
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
