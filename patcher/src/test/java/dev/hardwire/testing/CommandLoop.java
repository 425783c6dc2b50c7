package dev.hardwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * A process that runs one command after the other: it reads a command from each line, words
 * separated by tabs, and answers with a line, the exit code and what went to standard output and
 * standard error, as JSON. The programs that a command starts must not read standard input or write
 * to standard output.
 */
public final class CommandLoop implements AutoCloseable {
  private static final String TAB = "\t";

  private final Process process;
  private final PrintWriter commands;
  private final BufferedReader answers;

  public CommandLoop() throws IOException {
    this(UnaryOperator.identity(), Map.of());
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
    ProcessBuilder builder =
        new ProcessBuilder(start.apply(Cli.java(CommandLoop.class)).command())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    process = Programs.start(builder);
    commands = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  public void send(Object... command) {
    commands.println(String.join(TAB, Programs.strings(command)));
  }

  /** What the next command did. */
  public Outcome answer() throws IOException {
    String line = answers.readLine();
    assertThat(line).as("answer of " + process).isNotNull();
    JsonObject answer = JsonParser.parseString(line).getAsJsonObject();
    return new Outcome(
        answer.get("status").getAsInt(),
        answer.get("out").getAsString(),
        answer.get("err").getAsString());
  }

  /** Runs one command to its end. */
  public Outcome run(Object... command) {
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
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }

  /** The process. */
  public static void main(String... args) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintWriter answers = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Outcome outcome = Cli.run((Object[]) line.split(TAB, -1));
      JsonObject answer = new JsonObject();
      answer.addProperty("status", outcome.status());
      answer.addProperty("out", outcome.out());
      answer.addProperty("err", outcome.err());
      answers.println(answer);
    }
  }
}
