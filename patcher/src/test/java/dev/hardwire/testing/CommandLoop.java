package dev.hardwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * A process that runs one command after the other: it reads a command from each line, words
 * separated by tabs, and answers with a line, the exit code and what went to standard error.
 */
public final class CommandLoop implements AutoCloseable {
  private static final String TAB = "\t";

  private final Process process;
  private final PrintWriter commands;
  private final BufferedReader answers;

  public CommandLoop() throws IOException {
    process =
        Programs.start(
            new ProcessBuilder(Cli.java(CommandLoop.class).command())
                .redirectError(ProcessBuilder.Redirect.INHERIT));
    commands = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  public void send(Object... command) {
    commands.println(String.join(TAB, Programs.strings(command)));
  }

  /** What the next command did; its standard output is not kept. */
  public Outcome answer() throws IOException {
    String line = answers.readLine();
    assertThat(line).as("answer of " + process).isNotNull();
    String[] words = line.split(TAB, 2);
    return new Outcome(Integer.parseInt(words[0]), "", words[1]);
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
      answers.println(outcome.status() + TAB + outcome.err().replace('\n', ' '));
    }
  }
}
