package dev.hardwire.cli;

import dev.hardwire.cli.report.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Runs commands so that the JVM sees which classes they load, and archives them. {@code
 * src/build/archive-classes.sh} starts it.
 */
final class ArchiveTrainer {
  /**
   * A class that the JVM reads from the jar: it implements an interface of picocli, whose format is
   * too old for an archive. JDK 25 checks that the jar is the one of the archive only if there is
   * such a class.
   */
  private static final String NOT_ARCHIVED = "dev.hardwire.cli.options.ValueConverters";

  private ArchiveTrainer() {}

  /**
   * Runs them.
   *
   * @param args a file with a command in each line, its words separated by spaces
   */
  public static void main(String... args) throws IOException, ClassNotFoundException {
    Class.forName(NOT_ARCHIVED);
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      String[] words = line.split(" ", -1);
      Main.prepareDigest(words);
      int code =
          Main.run(
              new PrintWriter(Writer.nullWriter()), new PrintWriter(Writer.nullWriter()), words);
      // A program that starts would end the training, so the one here cannot be started.
      ExitCode expected = line.startsWith("run ") ? ExitCode.INPUT_OUTPUT_FAILED : ExitCode.OK;
      if (code != expected.code()) {
        throw new IllegalStateException(
            line.substring(0, Math.min(line.length(), 200)) + ": " + code);
      }
    }
  }
}
