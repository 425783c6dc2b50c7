package dev.hardwire.filter.prove;

import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a section {@code landlock:} means only from a fix of the kernel on, which no version of the
 * ABI shows: LANDLOCK_CREATE_RULESET_ERRATA, security/landlock/errata.
 */
public final class LandlockErrata {
  private LandlockErrata() {}

  /** Notes about the sections of a policy and of its phases, each once. */
  public static List<PolicyWarning> notes(Policy policy) {
    Set<PolicyWarning> notes = new LinkedHashSet<>();
    policy.landlock().ifPresent(landlock -> add(notes, landlock));
    for (Phase phase : policy.phases()) {
      phase.landlock().ifPresent(landlock -> add(notes, landlock));
    }
    return new ArrayList<>(notes);
  }

  private static void add(Set<PolicyWarning> notes, Landlock landlock) {
    note(
        notes,
        landlock,
        landlock.restrictsPorts() && landlock.otherSockets(),
        "kernels without erratum 1 of Landlock restrict MPTCP, SMC and SCTP like TCP");
    note(
        notes,
        landlock,
        landlock.scope().contains(Landlock.Scope.SIGNAL),
        "kernels without erratum 2 of Landlock let the program send no signals to those of its own"
            + " threads that began before the rules");
    boolean writes = landlock.write().filter(paths -> !paths.isEmpty()).isPresent();
    note(
        notes,
        landlock,
        writes,
        "on kernels without erratum 3 of Landlock, files may gain rights when they are moved or"
            + " linked in a directory that was moved out of a bind mount");
    note(
        notes,
        landlock,
        writes,
        "on kernels with erratum 4 of Landlock, write includes whiteouts of overlayfs, which are"
            + " devices without a driver");
  }

  private static void note(
      Set<PolicyWarning> notes, Landlock landlock, boolean concerned, String text) {
    if (concerned) {
      notes.add(new PolicyWarning(landlock.position(), text));
    }
  }
}
