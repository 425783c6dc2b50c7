package dev.hardwire.cli.run;

import dev.hardwire.derive.FindingsCache;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;

/** Where findings about programs are kept. */
final class UserCache {
  private UserCache() {}

  /** The cache of the user for the file that this program runs from. */
  static Optional<FindingsCache> find() {
    try {
      Path program =
          Path.of(UserCache.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return FindingsCache.ofUser(
          System.getenv("XDG_CACHE_HOME"), System.getProperty("user.home"), program);
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }
}
