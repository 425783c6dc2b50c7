package dev.hardwire.cli.options;

import dev.hardwire.container.LayerCache;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Whether what was read of layers of images is kept for later. */
@OptionHeading("Container images and packages")
public final class LayerCacheOption {
  @Option(
      names = "--no-cache",
      description =
          "Neither use nor keep what was read of layers of images in"
              + " $XDG_CACHE_HOME/hardwire-layers.")
  boolean noCache;

  /** The cache of the user; empty if it is not used. */
  public Optional<LayerCache> cache() {
    return noCache ? Optional.empty() : LayerCache.ofUser();
  }
}
