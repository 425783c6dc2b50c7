package dev.hardwire.cli.options;

import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** Selects one of the policies stacked in a hard-wired file. */
public final class LayerOption {
  @Option(
      names = "--layer",
      paramLabel = "N",
      description =
          "Use only this layer of a file with stacked policies, numbered from 1 as inspect"
              + " shows them (default: all layers together).")
  private Integer layer;

  /** Empty for all. */
  public OptionalInt number() {
    return layer == null ? OptionalInt.empty() : OptionalInt.of(layer);
  }
}
