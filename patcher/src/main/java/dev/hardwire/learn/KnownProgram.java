package dev.hardwire.learn;

import java.util.List;

/** What the files of programs tell beside a log. */
public interface KnownProgram {
  /** Whether a phase of the program can begin with the first call of a function. */
  boolean canBegin(String function);

  /**
   * Whether an executed path leads to the program.
   *
   * @param executed its bytes as characters, ISO 8859-1
   */
  boolean isItself(String executed);

  /** Whether the program's file has one of some texts, such as names of functions, with an end. */
  boolean has(List<String> texts);

  /**
   * The programs that the kernel opens to execute another one: the interpreters of a script, the
   * dynamic linker.
   *
   * @param executed its path
   */
  List<String> loaders(String executed);
}
