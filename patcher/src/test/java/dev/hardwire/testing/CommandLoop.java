package dev.hardwire.testing;

import com.google.gson.Gson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * A process that runs one command after the other: it reads a command from each line, its words as
 * JSON, and answers with a line, the exit code and what went to standard output and standard error.
 * Programs that a command starts have an empty standard input; what they write is part of the
 * outcome, behind what the command says.
 */
public final class CommandLoop implements AutoCloseable {
  /** Commands and answers have descriptors of their own, which are no program's standard ones. */
  private static final String DESCRIPTORS =
      "exec 8<&0 9>&1 </dev/null >\"$1\" 2>\"$2\"; shift 2; exec \"$@\"";

  private static final Map<List<Object>, CommandLoop> SHARED = new HashMap<>();

  private final Process process;
  private final PrintWriter commands;
  private final BufferedReader answers;
  private final Printed out;
  private final Printed err;

  /** What is written to a file, piece by piece. */
  private static final class Printed {
    private final Path file;
    private int read;

    Printed(String name) throws IOException {
      file = Files.createTempFile(name, ".txt");
    }

    /** What was added since the last call. */
    String more() throws IOException {
      byte[] all = Files.readAllBytes(file);
      String text = new String(all, read, all.length - read, StandardCharsets.ISO_8859_1);
      read = all.length;
      return text;
    }
  }

  public CommandLoop() throws IOException {
    this(UnaryOperator.identity(), Map.of());
  }

  /** The process that all tests of this JVM share; it ends with the JVM. */
  public static CommandLoop shared() {
    return shared(0);
  }

  /** One of several such processes, which work at the same time. */
  public static CommandLoop shared(int number) {
    return shared(number, Map.of());
  }

  /** The same with variables of the environment: one process for each set of them. */
  public static CommandLoop shared(Map<String, String> environment) {
    return shared(0, environment);
  }

  /** A process that tests share and that may only do what a user like any other may. */
  public static CommandLoop sharedWithoutRights() {
    return shared(List.of("without rights"), Cli::withoutRights, Map.of());
  }

  private static CommandLoop shared(int number, Map<String, String> environment) {
    return shared(List.of(number, environment), UnaryOperator.identity(), environment);
  }

  private static synchronized CommandLoop shared(
      List<Object> name, UnaryOperator<Cli> start, Map<String, String> environment) {
    return SHARED.computeIfAbsent(
        name,
        key -> {
          try {
            CommandLoop started = new CommandLoop(start, environment);
            started.out.file.toFile().deleteOnExit();
            started.err.file.toFile().deleteOnExit();
            return started;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** Runs commands with variables of the environment. */
  public CommandLoop(Map<String, String> environment) throws IOException {
    this(UnaryOperator.identity(), environment);
  }

  /** Runs commands in a process that is started in some way. */
  public CommandLoop(UnaryOperator<Cli> start) throws IOException {
    this(start, Map.of());
  }

  private CommandLoop(UnaryOperator<Cli> start, Map<String, String> environment)
      throws IOException {
    out = new Printed("out");
    err = new Printed("err");
    Cli cli =
        start
            .apply(Cli.java(CommandLoop.class))
            .under("sh", "-c", DESCRIPTORS, "sh", out.file, err.file);
    ProcessBuilder builder = new ProcessBuilder(cli.command());
    builder.environment().putAll(environment);
    process = Programs.start(builder);
    commands = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  public void send(Object... command) {
    commands.println(new Gson().toJson(Programs.strings(command)));
  }

  /** What the next command did. */
  public Outcome answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new AssertionError("no answer of " + process + ": " + err.more());
    }
    Outcome answer = new Gson().fromJson(line, Outcome.class);
    return new Outcome(answer.status(), answer.out() + out.more(), answer.err() + err.more());
  }

  /** Runs one command to its end; threads wait for each other. */
  public synchronized Outcome run(Object... command) {
    send(command);
    try {
      return answer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    commands.close(); // which ends it
    try {
      process.waitFor(60, TimeUnit.SECONDS);
      Files.deleteIfExists(out.file);
      Files.deleteIfExists(err.file);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    process.destroyForcibly();
  }

  /** The process. */
  public static void main(String... args) throws IOException {
    Gson gson = new Gson();
    try (BufferedReader lines = Files.newBufferedReader(Path.of("/proc/self/fd/8"));
        PrintWriter answers = new PrintWriter("/proc/self/fd/9", StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        answers.println(gson.toJson(Cli.run((Object[]) gson.fromJson(line, String[].class))));
        answers.flush();
      }
    }
  }
}
