package dev.hardwire.stub;

import dev.hardwire.policy.KernelDemand;
import dev.hardwire.policy.Phase;
import dev.hardwire.stub.SetupWriter.Skip;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The steps at the start that look for a kernel whose Landlock can restrict all threads, so that a
 * program with a phase that takes it does not end in the middle of its work.
 */
final class PhaseKernel {
  private PhaseKernel() {}

  /** Adds the steps, if a phase needs them. */
  static void require(SetupWriter writer, List<Phase> phases) {
    for (Phase phase : phases) {
      if (phase.landlock().isPresent()) {
        require(writer, phase);
        return;
      }
    }
  }

  private static void require(SetupWriter writer, Phase phase) {
    int wordSize = writer.machine().elfClass().wordSize();
    writer.add(
        writer.calls().number("landlock_create_ruleset"),
        OptionalInt.of(LandlockSteps.ABI / wordSize),
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
    for (int abi = KernelDemand.ALL_THREADS - 1; abi >= 0; abi--) {
      writer.set(writer.compare(LandlockSteps.ABI, abi), 1);
      old.add(writer.jump());
    }
    List<Skip> past = new ArrayList<>(List.of(writer.jump()));
    writer.land(old);
    writer.stop(
        writer.message(
            "hardwire: this kernel's Landlock is older than ABI %d, %s \"%s\" takes, %s\n"
                .formatted(
                    KernelDemand.ALL_THREADS,
                    "which the phase",
                    phase.name(),
                    writer.consequence())));
    writer.land(past);
  }
}
