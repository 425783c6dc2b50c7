package dev.hardwire.derive;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What is analysed, and how.
 *
 * @param libraries files that the program loads when it runs, by dlopen(3)
 * @param programs files that it executes, and that so run under the same policy
 * @param safe whether all data of a file counts as referred to once any of its code runs
 * @param root the file system that the program and all of these belong to
 * @param content the file of this machine that has the program's bytes, if another one is at its
 *     path
 */
public record DeriveOptions(
    List<Path> libraries,
    List<Path> programs,
    boolean safe,
    SystemRoot root,
    Optional<Path> content) {
  /** Nothing but the program and what it needs. */
  public static final DeriveOptions PLAIN = new DeriveOptions(List.of(), List.of(), false);

  public DeriveOptions {
    libraries = List.copyOf(libraries);
    programs = List.copyOf(programs);
  }

  /** For programs of this machine. */
  public DeriveOptions(List<Path> libraries, List<Path> programs, boolean safe) {
    this(libraries, programs, safe, SystemRoot.HOST, Optional.empty());
  }
}
