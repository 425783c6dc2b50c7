package dev.hardwire.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/**
 * Runs commands so that the JVM sees which classes they load, and archives them. {@code
 * src/build/archive-classes.sh} starts it.
 */
final class Training {
  private Training() {}

  /**
   * Runs them.
   *
   * @param args a file with a command in each line, its words separated by spaces; a PKCS#12 file
   *     with one key, under the password "training"; where to write the same as PEM, which is what
   *     most keys are read from
   */
  public static void main(String... args) throws IOException, GeneralSecurityException {
    Files.writeString(Path.of(args[2]), pem(Path.of(args[1])));
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      int code =
          Main.run(
              new PrintWriter(Writer.nullWriter()),
              new PrintWriter(Writer.nullWriter()),
              line.split(" ", -1));
      if (code != ExitCode.OK.code()) {
        throw new IllegalStateException(line + ": " + code);
      }
    }
  }

  private static String pem(Path file) throws IOException, GeneralSecurityException {
    char[] password = "training".toCharArray();
    KeyStore store = KeyStore.getInstance(file.toFile(), password);
    String alias = store.aliases().nextElement();
    return pem("PRIVATE KEY", store.getKey(alias, password).getEncoded())
        + pem("CERTIFICATE", store.getCertificate(alias).getEncoded());
  }

  private static String pem(String label, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder().encodeToString(der), label);
  }
}
