package dev.hardwire.container;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** An archive whose programs can be read and replaced. */
public interface ProgramArchive {
  /**
   * A file that begins like an executable.
   *
   * @param name its path in the archive, without a slash at the start
   * @param names all its paths; {@code name} is the first of them
   * @param copy its bytes
   */
  record Program(String name, List<String> names, Path copy) {}

  /** Reads the archive, and copies executables into {@code work}. */
  List<Program> read(WorkFolder work) throws IOException;

  /** Replaces the content of a program, under all its names. */
  void replace(Program program, Path content);
}
