package dev.hardwire.learn.record;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is proposed beside the rules for calls.
 *
 * @param landlock whether rules for files and ports
 * @param phases whether a phase
 * @param merge directories that the user grants as a whole if something below them was used
 * @param directory the working directory of programs that the logs do not tell
 * @param abi the version of Landlock's ABI that the kernels have on which the program will run
 * @param installedAs where the confined program will stand, if not in the place of the program that
 *     ran; an absolute path
 * @param uses whether what was done with files and sockets is kept even if no rules are proposed
 */
public record Proposals(
    boolean landlock,
    boolean phases,
    Set<String> merge,
    String directory,
    int abi,
    Optional<String> installedAs,
    boolean uses) {
  /** The version that has no more rights than kernels of today's distributions: files and TCP. */
  public static final int USUAL_ABI = 8;

  /** Nothing. */
  static final Proposals NONE = new Proposals(false, false, Set.of(), "");

  public Proposals {
    merge = Set.copyOf(merge);
  }

  /** Proposals for a program that stays where it is. */
  public Proposals(boolean landlock, boolean phases, Set<String> merge, String directory) {
    this(landlock, phases, merge, directory, USUAL_ABI, Optional.empty(), false);
  }

  /** The same, with what was done with files and sockets. */
  public Proposals withUses() {
    return new Proposals(landlock, phases, merge, directory, abi, installedAs, true);
  }

  /** The calls whose arguments are needed. */
  List<String> calls() {
    return landlock || uses ? FileCalls.NAMES : List.of();
  }
}
