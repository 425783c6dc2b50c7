package dev.hardwire.container;

import dev.hardwire.output.WorkFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** An archive whose programs can be read and replaced. */
public interface ProgramArchive {
  /**
   * A file that begins like an executable.
   *
   * @param name its path in the archive, without a slash at the start
   * @param names all its paths; {@code name} is the first of them
   * @param copy its bytes
   * @param layer the number of the layer that has it, from 0; 0 where there are none
   */
  record Program(String name, List<String> names, Path copy, int layer) {}

  List<Program> read(WorkFolder work) throws IOException;

  /**
   * Makes the directories, links and executables that were read below a new directory, and the
   * files that a dynamic linker reads.
   */
  void extract(Path directory) throws IOException;

  /** The package of a program, if the archive says so. */
  Optional<String> packageOf(Program program);

  /**
   * The layer of a program: its number from 1, how many there are, and its digest, if it has one.
   */
  default Optional<String> layerOf(Program program) {
    return Optional.empty();
  }

  /** Replaces the content of a program, under all its names. */
  void replace(Program program, Path content);
}
