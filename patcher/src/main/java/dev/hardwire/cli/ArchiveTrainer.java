package dev.hardwire.cli;

import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.terminal.ColouredWriter;
import dev.hardwire.cli.terminal.Terminal;
import dev.hardwire.output.ShutdownCleanup;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Runs commands so that the JVM sees which classes they load, and archives them. {@code
 * src/build/archive-classes.sh} starts it.
 */
final class ArchiveTrainer {
  private ArchiveTrainer() {}

  /**
   * Runs them.
   *
   * @param args a file with a command in each line, its words separated by spaces
   */
  public static void main(String... args) throws IOException {
    Terminal.is(1);
    Main.watchEnd();
    ShutdownCleanup.beginCommand(null);
    // Whether large files are compared with zeros depends on threads; archives are the same always.
    ByteBuffer.allocate(Long.BYTES).mismatch(ByteBuffer.allocate(Long.BYTES));
    OutputStream nowhere = OutputStream.nullOutputStream();
    PrintWriter out = new ColouredWriter(new OutputStreamWriter(nowhere, StandardCharsets.UTF_8));
    PrintWriter err = Main.writer(nowhere, 2);
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      String[] words = line.split(" ", -1);
      Main.prepare(words);
      int code = Main.run(out, err, words);
      // A program that starts would end the training, so the one here cannot be started.
      ExitCode expected = line.startsWith("run ") ? ExitCode.INPUT_OUTPUT_FAILED : ExitCode.OK;
      if (code != expected.code()) {
        throw new IllegalStateException(
            line.substring(0, Math.min(line.length(), 200)) + ": " + code);
      }
    }
  }
}
