package dev.hardwire.spark;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * The words of the command line.
 *
 * @param command what to do
 * @param input a directory, a list, a file; for {@link Command#REPORT} the output of earlier work
 * @param output a directory; for {@link Command#REPORT} a file
 * @param manifest for {@link Command#APPLY}, else null
 * @param trust files with trust anchors
 * @param wave how many units are worked on before their rows are kept
 */
record FleetOptions(
    Command command, String input, String output, Path manifest, List<Path> trust, int wave) {
  /** The commands. */
  enum Command {
    AUDIT,
    DERIVE,
    APPLY,
    REPORT
  }

  static final String USAGE =
      """
      Usage: spark-submit --class dev.hardwire.spark.Fleet hardwire-spark.jar COMMAND [OPTIONS] INPUT OUTPUT
        audit    one row for each executable of INPUT in OUTPUT/rows
        derive   the same, with the system calls that each can reach
        apply    patch as a manifest specifies: results in OUTPUT/files, and their rows
        report   the rows of OUTPUT, given as INPUT, as the document of "hardwire report --json"
        --manifest FILE  of apply; goes to executors with all files of its folder
        --trust FILE     require signatures that chain to a certificate in this file (PEM)
        --wave N         keep rows after each N files of INPUT (default: 5000)
      INPUT is a directory, a package, an image or a list of these, in any file system of Hadoop.
      """;

  private static final int WAVE = 5000;

  /**
   * Reads the words.
   *
   * @throws UsageException if they are wrong
   */
  static FleetOptions parse(String... words) {
    Deque<String> left = new ArrayDeque<>(List.of(words));
    List<String> positions = new ArrayList<>();
    List<Path> trust = new ArrayList<>();
    Path manifest = null;
    int wave = WAVE;
    while (!left.isEmpty()) {
      String word = left.pop();
      switch (word) {
        case "--manifest" -> manifest = Path.of(value(word, left));
        case "--trust" -> trust.add(Path.of(value(word, left)));
        case "--wave" -> wave = number(word, value(word, left));
        default -> {
          if (word.startsWith("--")) {
            throw new UsageException("unknown option \"" + word + "\"");
          }
          positions.add(word);
        }
      }
    }
    if (positions.size() != 3) {
      throw new UsageException("a command, INPUT and OUTPUT are required");
    }
    Command command = command(positions.get(0));
    if ((command == Command.APPLY) != (manifest != null)) {
      throw new UsageException("apply requires --manifest, and no other command has it");
    }
    return new FleetOptions(command, positions.get(1), positions.get(2), manifest, trust, wave);
  }

  private static Command command(String word) {
    for (Command command : Command.values()) {
      if (command.name().toLowerCase(Locale.ROOT).equals(word)) {
        return command;
      }
    }
    throw new UsageException(
        "\"" + word + "\" is not a command; expected audit, derive, apply or report");
  }

  private static String value(String option, Deque<String> left) {
    if (left.isEmpty()) {
      throw new UsageException(option + " requires a value");
    }
    return left.pop();
  }

  private static int number(String option, String text) {
    try {
      int number = Integer.parseInt(text);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw new UsageException(option + " requires a number of at least 1");
  }
}
