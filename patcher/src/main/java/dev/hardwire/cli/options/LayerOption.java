package dev.hardwire.cli.options;

import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** Which of the policies stacked in a hard-wired file is meant. */
public final class LayerOption {
  @Option(
      names = "--layer",
      paramLabel = "N",
      description =
          "Only this layer of a file with stacked policies, from 1 as inspect counts"
              + " (default: all of them together).")
  private Integer layer;

  /** Empty for all. */
  public OptionalInt number() {
    return layer == null ? OptionalInt.empty() : OptionalInt.of(layer);
  }
}
