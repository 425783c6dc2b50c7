package dev.hardwire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A key of {@code openssl}.
 *
 * @param key in PEM
 * @param certificate signed by the key itself
 */
record FacadeKey(Path key, Path certificate) {
  /** A key whose certificate names CN=facade. */
  static FacadeKey in(Path folder) throws IOException {
    return in(folder, "facade");
  }

  /** A key whose certificate names the holder. */
  static FacadeKey in(Path folder, String holder) throws IOException {
    FacadeKey made = new FacadeKey(folder.resolve("key.pem"), folder.resolve("certificate.pem"));
    List<String> openssl =
        List.of(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=" + holder,
            "-addext",
            "keyUsage=critical,digitalSignature",
            "-addext",
            "extendedKeyUsage=codeSigning",
            "-days",
            "2",
            "-keyout",
            made.key().toString(),
            "-out",
            made.certificate().toString());
    Process process = new ProcessBuilder(openssl).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    assertThat(made.certificate()).exists();
    return made;
  }

  Credentials credentials() {
    return Credentials.of(key).certificates(certificate);
  }
}
