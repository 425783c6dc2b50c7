package dev.hardwire.cli;

import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** Which of the policies stacked in a hard-wired file is meant. */
final class LayerOption {
  @Option(
      names = "--layer",
      paramLabel = "N",
      description =
          "Only this layer of a file with stacked policies, from 1 as inspect counts"
              + " (default: all of them together).")
  private Integer layer;

  /** Empty for all. */
  OptionalInt number() {
    return layer == null ? OptionalInt.empty() : OptionalInt.of(layer);
  }
}
