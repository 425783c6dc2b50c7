package dev.hardwire.learn;

import java.util.List;

/** What the files of programs tell beside a log. */
public interface KnownProgram {
  /** Whether a phase of the program can begin with the first call of a function. */
  boolean canBegin(String function);

  /**
   * The programs that the kernel opens to execute another one: the interpreters of a script, the
   * dynamic linker.
   *
   * @param executed its path
   */
  List<String> loaders(String executed);
}
