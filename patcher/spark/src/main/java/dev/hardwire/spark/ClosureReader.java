package dev.hardwire.spark;

import dev.hardwire.derive.ClosureIdentity.Library;
import java.nio.file.Path;
import java.util.List;

/** Tells what the derivation of a program depends on. */
interface ClosureReader {
  /** For work that derives nothing. */
  ClosureReader NONE = program -> Closure.NONE;

  /**
   * A program with its libraries.
   *
   * @param identity equal for programs from which the same is derived; empty if there is none
   * @param libraries of the program
   * @param error why nothing can be derived; empty if something can
   */
  record Closure(String identity, List<Library> libraries, String error) {
    static final Closure NONE = new Closure("", List.of(), "");
  }

  /** The closure of a program. */
  Closure of(Path program);
}
