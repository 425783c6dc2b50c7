package dev.hardwire.derive;

import dev.hardwire.derive.rules.Assumptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is analysed, and how.
 *
 * @param libraries files that the program loads when it runs, by dlopen(3)
 * @param programs files that it executes, and that so run under the same policy
 * @param safe whether all data of a file counts as referred to once any of its code runs
 * @param root the file system that the program and all of these belong to
 * @param without the names of rules that do not apply, of {@link #ENVIRONMENT_RULES}
 * @param content the file of this machine that has the program's bytes, if another one is at its
 *     path
 */
public record DeriveOptions(
    List<Path> libraries,
    List<Path> programs,
    boolean safe,
    SystemRoot root,
    Set<String> without,
    Optional<Path> content) {
  /** The names of the rules that depend on variables, files and other programs. */
  public static final List<String> ENVIRONMENT_RULES = Assumptions.RULES;

  /** Nothing but the program and what it needs. */
  public static final DeriveOptions PLAIN = new DeriveOptions(List.of(), List.of(), false);

  public DeriveOptions {
    libraries = List.copyOf(libraries);
    programs = List.copyOf(programs);
    without = Set.copyOf(without);
  }

  public DeriveOptions(List<Path> libraries, List<Path> programs, boolean safe, SystemRoot root) {
    this(libraries, programs, safe, root, Set.of(), Optional.empty());
  }

  /** The same without some rules. */
  public DeriveOptions withoutRules(Set<String> names) {
    return new DeriveOptions(libraries, programs, safe, root, names, content);
  }

  public DeriveOptions(List<Path> libraries, List<Path> programs, boolean safe) {
    this(libraries, programs, safe, SystemRoot.HOST);
  }
}
