package dev.hardwire.cli;

import dev.hardwire.cli.files.CommandReader;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.options.Exclusions;
import dev.hardwire.cli.options.QuickWords;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the usual command lines of the usual commands, as picocli reads them but in a hundredth of
 * the time: building picocli's model takes longer than patching a file. Whatever is not certain,
 * and so every error, is left to picocli.
 *
 * <p>The table of options is generated from picocli's annotations after compilation. Where it was
 * not generated, picocli reads everything.
 */
final class QuickStart {
  /** The name of the generated class. */
  static final String TABLE = "dev.hardwire.cli.QuickTable";

  /** What the generated class implements. */
  interface Table {
    /** A reader of the command with this name; null if there is none. */
    CommandReader reader(String command);
  }

  private static Table table;

  static {
    try {
      Class.forName(TABLE); // it registers itself: reflection would cost more
    } catch (ClassNotFoundException e) {
      table = null; // not generated
    }
  }

  private QuickStart() {}

  static void register(Table generated) {
    table = generated;
  }

  /** The command with its options and files; empty if picocli has to read them. */
  static Optional<FileCommand> parse(String... args) {
    CommandReader reader = table == null || args.length < 2 ? null : table.reader(args[0]);
    if (reader == null) {
      return Optional.empty();
    }
    QuickWords words = new QuickWords(args, 1);
    Optional<FileCommand> command =
        reader.startsProgram() ? readProgram(reader, words) : readFiles(reader, words);
    return Exclusions.allow(args[0], words.options()) ? command : Optional.empty();
  }

  private static Optional<FileCommand> readProgram(CommandReader reader, QuickWords words) {
    List<String> program = List.of();
    while (words.hasNext()) {
      program = words.program();
      if (program.isEmpty() && !words.isUnclear() && !readOption(reader, words)) {
        return Optional.empty();
      }
    }
    if (words.isUnclear() || program.isEmpty()) {
      return Optional.empty();
    }
    reader.program(program);
    return Optional.of(reader.command());
  }

  private static boolean readOption(CommandReader reader, QuickWords words) {
    return words.nextFile() == null && reader.option(words);
  }

  private static Optional<FileCommand> readFiles(CommandReader reader, QuickWords words) {
    List<Path> files = new ArrayList<>();
    while (words.hasNext()) {
      Path file = words.nextFile();
      if (file != null) {
        files.add(file);
      } else if (!reader.option(words)) {
        return Optional.empty();
      }
    }
    if (words.isUnclear() || files.isEmpty()) {
      return Optional.empty();
    }
    reader.files(files);
    return Optional.of(reader.command());
  }
}
