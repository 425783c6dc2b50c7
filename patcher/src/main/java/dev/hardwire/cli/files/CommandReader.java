package dev.hardwire.cli.files;

import dev.hardwire.cli.options.QuickWords;
import java.nio.file.Path;
import java.util.List;

/**
 * Sets the options of one command from the words of a command line. The build generates an
 * implementation for each command from its picocli annotations; see {@code src/build/java}.
 */
public interface CommandReader {
  /** The command whose options are set. */
  FileCommand command();

  /**
   * Sets the option that the words are at.
   *
   * @return whether the command has it and it can be read here
   */
  boolean option(QuickWords words);

  /**
   * Whether the first word that is not an option names a program, and all words behind it are the
   * program's arguments.
   */
  default boolean startsProgram() {
    return false;
  }

  /** Sets the files that are named; there is at least one. */
  default void files(List<Path> files) {
    throw new IllegalStateException("the command has a program");
  }

  /** Sets the program with its arguments; there is at least one word. */
  default void program(List<String> words) {
    throw new IllegalStateException("the command has files");
  }
}
