package dev.hardwire;

import dev.hardwire.testing.OpensslKey;
import java.nio.file.Path;

/**
 * A key of {@code openssl}.
 *
 * @param key in PEM
 * @param certificate signed by the key itself
 */
record FacadeKey(Path key, Path certificate) {
  /** A key whose certificate names CN=facade. */
  static FacadeKey in(Path folder) {
    return in(folder, "facade");
  }

  /** A key whose certificate names the holder. */
  static FacadeKey in(Path folder, String holder) {
    FacadeKey made = new FacadeKey(folder.resolve("key.pem"), folder.resolve("certificate.pem"));
    OpensslKey.make(made.key(), made.certificate(), holder);
    return made;
  }

  Credentials credentials() {
    return Credentials.of(key).certificates(certificate);
  }
}
