package dev.hardwire.derive.rules;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.link.ArgumentSolver;
import dev.hardwire.derive.link.Flows;
import dev.hardwire.derive.link.ReachableCode;
import java.util.BitSet;
import java.util.Optional;
import java.util.Set;

/**
 * Home directories of users, for which glob(3) looks only if its flags ask for that. It calls
 * itself with flags that it has got.
 */
final class HomeDirectories {
  private static final String RULE =
      "tilde: glob looks for no home directories, since no reached call asks for GLOB_TILDE";

  /** GLOB_TILDE and GLOB_TILDE_CHECK. */
  private static final long FLAGS = 0x5000;

  private final Flows flows;
  private final BitSet globs;
  private final BitSet homes;
  private final BitSet asked = new BitSet();
  private boolean applied;

  /**
   * Finds the functions.
   *
   * @param library empty if there is no glibc
   */
  HomeDirectories(Optional<GlibcFunctions> library, Flows flows) {
    this.flows = flows;
    this.globs = new BitSet();
    library.ifPresent(
        found ->
            found.versions(Set.of("glob", "glob64")).stream()
                .filter(found::isWhole)
                .forEach(globs::set));
    this.homes =
        library
            .map(found -> found.versions(Set.of("getlogin_r", "getpwnam_r")))
            .orElseGet(BitSet::new);
  }

  /** Whether a function does not call another one. */
  boolean cut(int from, int to) {
    boolean dead = homes.get(to) && globs.get(from) && !asked.get(from);
    applied |= dead;
    return dead;
  }

  /** The rule, if it left something out. */
  Set<String> applied() {
    return applied && asked.isEmpty() ? Set.of(RULE) : Set.of();
  }

  /** Follows what flags ask for now that more is reached; whether there was something. */
  boolean follow(ReachableCode reach) {
    boolean more = false;
    for (int id : globs.stream().filter(reach::contains).toArray()) {
      if (!asked.get(id)) {
        ArgumentSolver solver = new ArgumentSolver(reach.calls(flows), Integer.SIZE);
        solver.solveOthers(id, Instruction.RSI);
        if (solver.unknown().isPresent()
            || solver.values().keySet().stream().anyMatch(value -> (value & FLAGS) != 0)) {
          asked.set(id);
          reach.again(id);
          more = true;
        }
      }
    }
    return more;
  }
}
