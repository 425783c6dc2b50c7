package dev.hardwire.cli.options;

import dev.hardwire.container.LayerCache;
import java.net.URISyntaxException;
import java.nio.file.Path;
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

  /** The cache of the user for the file that this program runs from; empty if it is not used. */
  public Optional<LayerCache> cache() {
    if (noCache) {
      return Optional.empty();
    }
    try {
      Path program =
          Path.of(
              LayerCacheOption.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return LayerCache.ofUser(
          System.getenv("XDG_CACHE_HOME"), System.getProperty("user.home"), program);
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }
}
