package dev.hardwire.testing;

import java.nio.file.Path;

/** A key for signing code, as a user makes it with {@code openssl}. */
public final class OpensslKey {
  private OpensslKey() {}

  /**
   * Makes a key.
   *
   * @param key where it goes, in PEM
   * @param certificate where its certificate goes, signed by the key itself
   * @param holder whom the certificate names
   */
  public static void make(Path key, Path certificate, String holder) {
    Programs.run(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            key,
            "-out",
            certificate,
            "-subj",
            "/CN=" + holder,
            "-addext",
            "keyUsage=critical,digitalSignature",
            "-addext",
            "extendedKeyUsage=codeSigning")
        .succeeds();
  }
}
