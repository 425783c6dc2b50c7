package dev.hardwire.stub;

import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Phase;
import dev.hardwire.stub.SetupWriter.Skip;
import java.util.ArrayList;
import java.util.List;

/**
 * The steps at the start that look for a kernel whose Landlock can restrict all threads and has
 * every right that a phase takes, so that the program does not end in the middle of its work.
 */
final class PhaseKernel {
  private PhaseKernel() {}

  /** Adds the steps, if a phase needs them. */
  static void require(SetupWriter writer, List<Phase> phases) {
    Phase most = null;
    int least = 0;
    for (Phase phase : phases) {
      int takes = phase.landlock().map(Landlock::leastAbi).orElse(0);
      if (takes > least) {
        most = phase;
        least = takes;
      }
    }
    if (most != null) {
      require(writer, most, least);
    }
  }

  private static void require(SetupWriter writer, Phase phase, int least) {
    writer.add(
        writer.number("landlock_create_ruleset"),
        writer.word(LandlockSteps.ABI),
        Step.Failure.ERROR,
        writer.message(
            "hardwire: this kernel does not offer Landlock, which the phase \"%s\" takes, %s; the"
                    .formatted(phase.name(), writer.consequence())
                + " call returned "),
        SetupWriter.value(0),
        SetupWriter.value(0),
        SetupWriter.value(LandlockSteps.VERSION));
    // from the newest down to what a filter outside may answer
    List<Skip> old = new ArrayList<>();
    for (int abi = least - 1; abi >= 0; abi--) {
      writer.set(writer.compare(LandlockSteps.ABI, abi), 1);
      old.add(writer.jump());
    }
    List<Skip> past = new ArrayList<>(List.of(writer.jump()));
    writer.land(old);
    writer.stop(
        writer.message(
            "hardwire: this kernel's Landlock is older than ABI %d, %s \"%s\" takes, %s\n"
                .formatted(least, "which the phase", phase.name(), writer.consequence())));
    writer.land(past);
  }
}
