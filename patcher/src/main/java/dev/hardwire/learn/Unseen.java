package dev.hardwire.learn;

import dev.hardwire.learn.record.LearnOptions;
import dev.hardwire.learn.record.Recorder;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the calls that a policy allows although they were not seen: none of them gives power, or
 * more power than what was seen.
 */
final class Unseen {
  private static final String OWN_SIGNALS =
      "kill: pid > 0 && sig in [SIGABRT, SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM,"
          + " SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGXCPU, SIGXFSZ]";

  private final Recorder recorder;
  private final LearnOptions options;
  private final Optional<Reach> reach;
  private final HarmlessCalls harmless;
  private final CoveredCalls covered;

  /**
   * @param reach the calls that the program can make, if that is known
   */
  Unseen(Recorder recorder, LearnOptions options, Optional<Reach> reach) {
    this.recorder = recorder;
    this.options = options;
    this.reach = reach;
    this.harmless = HarmlessCalls.of(options.architecture());
    this.covered = CoveredCalls.of(options);
  }

  /**
   * Adds them to those that were seen.
   *
   * @param calls those that were seen
   * @param kernel whether the kernel recorded the calls, which shows neither threads nor handlers
   */
  void addTo(Needs needs, Set<String> calls, boolean kernel) {
    for (String call : recorder.leftOut()) {
      if (harmless.contains(call) && mayBeMade(call)) {
        needs.unseen(call, harmless.condition(call), "not traced, since it gives no power");
      }
    }
    reach.ifPresent(
        reached ->
            reached
                .origins()
                .forEach(
                    (call, origin) -> {
                      if (harmless.contains(call)) {
                        needs.unseen(call, harmless.condition(call), "not seen; " + origin);
                      }
                    }));
    addOwnSignals(needs, kernel);
    if (options.companions()) {
      addCompanions(needs, calls, kernel);
    }
  }

  /**
   * Adds the call by which programs with handlers end themselves after a signal. It gives no more
   * than tgkill, which is among the harmless calls with these signals: one process, not a group.
   */
  private void addOwnSignals(Needs needs, boolean kernel) {
    boolean handlers = recorder.findings().handlers() || kernel;
    Optional<String> origin = reach.map(reached -> reached.origins().get("kill"));
    if (handlers && origin.isPresent()) {
      for (CallLines.Entry entry : CallLines.entries(OWN_SIGNALS, options.architecture())) {
        needs.unseen(
            entry.call(), entry.when(), "not seen; %s; to end itself".formatted(origin.get()));
      }
    }
  }

  /**
   * Adds the calls that the program can reach and that others cover; if it executes others, also
   * those that these may make and that can do no more.
   *
   * @param allowed those that were seen and are allowed whatever their arguments are
   */
  void addCovered(Needs needs, Set<String> allowed) {
    if (reach.isEmpty()) {
      return;
    }
    boolean executes = allowed.contains("execve") || allowed.contains("execveat");
    for (CoveredCalls.Cover cover : covered.by(allowed)) {
      CallLines.Entry entry = cover.entry();
      String origin = reach.get().origins().get(entry.call());
      if (origin == null && executes && cover.alike()) {
        origin = "programs that it executes may make it";
      }
      if (origin != null) {
        needs.unseen(
            entry.call(), entry.when(), "not seen; %s; %s".formatted(origin, cover.reason()));
      }
    }
  }

  private boolean mayBeMade(String call) {
    return reach.isEmpty() || !reach.get().isComplete() || reach.get().contains(call);
  }

  private void addCompanions(Needs needs, Set<String> calls, boolean kernel) {
    boolean threads = recorder.findings().threads() || (kernel && calls.contains("clone3"));
    boolean handlers = recorder.findings().handlers() || (kernel && calls.contains("rt_sigaction"));
    for (Companions set : Companions.of(options.architecture())) {
      if (!set.applies(calls, threads, handlers)) {
        continue;
      }
      for (CallLines.Entry entry : set.calls()) {
        boolean reached = reach.isPresent() && reach.get().contains(entry.call());
        if (mayBeMade(entry.call()) && !reached) {
          needs.unseen(
              entry.call(), entry.when(), "not seen; %s: %s".formatted(set.name(), set.reason()));
        }
      }
    }
  }
}
