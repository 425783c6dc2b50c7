package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys in every format, made by the tools that people use. */
@Tag("system")
class KeyFormatsTest {
  @TempDir private Path directory;
  private SigningRoom room;
  private OpensslKeys keys;

  @BeforeEach
  void keys() throws IOException {
    room = new SigningRoom(directory);
    keys = new OpensslKeys(room);
    Files.writeString(room.file("password"), "correct horse\nsecond line\n");
    Files.writeString(room.file("wrong"), "wrong\n");
  }

  private Outcome sign(Object... more) {
    return Cli.run(
        SigningRoom.concat(
            new Object[] {
              "sign",
              "--key",
              room.file("key"),
              "-o",
              room.file("signed"),
              room.patched("start-raw")
            },
            more));
  }

  @ParameterizedTest
  @CsvSource({
    "RSA-3072, pkcs8",
    "RSA-3072, traditional",
    "RSA-3072, traditional-encrypted",
    "RSA-3072, pkcs8-encrypted",
    "RSA-3072, pkcs12",
    "RSA-3072, pkcs12-sha512",
    "P-256, traditional",
    "P-384, traditional-encrypted",
    "P-256, pkcs8-scrypt",
    "P-384, pkcs8-des3",
    "P-256, pkcs12-scheme",
    "P-521, pkcs12",
    "P-256, jks-of-java",
    "ED25519, pkcs8-encrypted",
    "ED25519, pkcs12",
    "ML-DSA-65, pkcs8-encrypted",
    "ML-DSA-87, pkcs12",
  })
  void everyFormatIsRead(String kind, String format) {
    isRead(kind, format);
  }

  /** By {@code keytool}, a process of Java. */
  @ParameterizedTest
  @CsvSource("RSA-3072, jks")
  @Tag("long")
  void theKeyStoreOfKeytoolIsRead(String kind, String format) {
    isRead(kind, format);
  }

  private void isRead(String kind, String format) {
    keys.signer("vendor", kind);
    keys.convert(kind, format);
    boolean store = format.matches("pkcs12(-sha512)?|jks.*");
    Object[] certificate = store ? new Object[0] : new Object[] {"--cert", room.file("vendor.pem")};
    boolean secret = store || format.matches("(?!pkcs8$|traditional$).*");
    if (secret) {
      Outcome wrong =
          sign(
              SigningRoom.concat(
                  certificate, new Object[] {"--password-file", room.file("wrong")}));
      assertThat(wrong.status()).isEqualTo(2);
      assertThat(wrong.err()).contains("the password is wrong");
      certificate =
          SigningRoom.concat(certificate, new Object[] {"--password-file", room.file("password")});
    }
    Outcome outcome = sign(certificate);
    outcome.succeeds();
    assertThat(room.verify(room.file("signed")).status()).isZero();
  }

  @Test
  void passwordOfKeyStoreCanBeEmpty() throws IOException {
    keys.signer("vendor", "P-256");
    room.line("openssl pkcs12 -export -in vendor.pem -inkey vendor.key -passout pass: -out key");
    Path empty = Files.writeString(room.file("empty"), "\n");
    assertThat(sign("--password-file", empty).status()).isZero();
    assertThat(sign("--password-file", room.file("wrong")).err()).contains("password is wrong");
  }

  @Test
  void whatHoldsNoKeyIsNoQuestionOfPasswords() throws IOException {
    keys.signer("vendor", "P-256");
    room.line("openssl pkcs8 -topk8 -nocrypt -in vendor.key -outform DER -out key");
    assertThat(sign("--cert", room.file("vendor.pem")))
        .satisfies(
            outcome -> {
              assertThat(outcome.status()).isEqualTo(6);
              assertThat(outcome.err())
                  .contains("key: contains no private key in PEM, PKCS#12 or JKS");
            });
  }

  @Test
  void passwordComesFromTheEnvironment() {
    keys.signer("vendor", "P-256");
    room.output("sh", "-c", "openssl pkcs8 -topk8 -in vendor.key -passout env:PATH -out key");
    Outcome outcome = sign("--cert", room.file("vendor.pem"), "--password-env", "PATH");
    outcome.succeeds();
    assertThat(sign("--cert", room.file("vendor.pem"), "--password-env", "NOT_THERE_42").err())
        .contains("the environment variable NOT_THERE_42 is not set");
  }

  @Test
  void keyStoreWithSeveralKeysNeedsAName() {
    keys.keyStore("PKCS12", "secret1", "one", "two");
    Outcome outcome = sign("--password-file", password("secret1"));
    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).contains("name one of the keys [one, two]");
    assertThat(sign("--password-file", password("secret1"), "--key-alias", "three").err())
        .contains("there is no key three");
    assertThat(sign("--password-file", password("secret1"), "--key-alias", "two").out())
        .contains("signed by CN=two");
  }

  private Path password(String text) {
    try {
      return Files.writeString(room.file("given"), text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "RSA-2048, an RSA key of 2048 bits is too weak",
    "secp224r1, the key's curve is not one of P-256",
    "secp256k1, the key's curve is not one of P-256",
    "ED448, a key of the kind 1.3.101.113 is not accepted",
    "ML-DSA-44, a key of the kind ML-DSA-44 is not accepted",
  })
  void weakAndUnknownKeysAreRefused(String kind, String message) {
    keys.signer("vendor", kind);
    keys.convert(kind, "pkcs8");
    Outcome outcome = sign("--cert", room.file("vendor.pem"));
    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).contains(message);
    assertThat(room.file("signed")).doesNotExist();
  }

  @Test
  void keyOfAnotherCertificateIsRefused() {
    keys.signer("vendor", "P-256");
    keys.signer("other", "P-256");
    keys.convert("P-256", "pkcs8");
    assertThat(sign("--cert", room.file("other.pem")).err())
        .contains("the key does not belong to the certificate");
    assertThat(sign().err()).contains("there is no certificate for the key");
    assertThat(sign("--cert", room.file("root.key")).err()).contains("contains no certificate");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ED25519", "ML-DSA-65"})
  void digestMustGoWithTheKey(String kind) {
    keys.signer("vendor", kind);
    keys.convert(kind, "pkcs8");
    assertThat(sign("--cert", room.file("vendor.pem"), "--digest", "sha256").err())
        .contains("requires SHA-512");
  }

  @Test
  void damagedFilesAreNamed() throws IOException {
    Files.writeString(
        room.file("key"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    Outcome outcome = sign("--cert", room.file("root.pem"));
    assertThat(outcome.status()).isEqualTo(6);
    assertThat(outcome.err()).contains("key: cannot be parsed as PEM");
    Files.write(room.file("key"), new byte[] {1, 2, 3});
    assertThat(sign("--password-file", room.file("password")).err())
        .contains("contains no private key in PEM, PKCS#12 or JKS");
    keys.signer("vendor", "P-256");
    keys.convert("P-256", "pkcs12");
    byte[] store = Files.readAllBytes(room.file("key"));
    Files.write(room.file("key"), Arrays.copyOf(store, store.length - 40));
    assertThat(sign("--password-file", room.file("password")).err())
        .contains("contains no private key");
    store[store.length / 2] ^= 1;
    Files.write(room.file("key"), store);
    assertThat(sign("--password-file", room.file("password")).err())
        .contains("this is no key that can be read");
    Files.delete(room.file("key"));
    assertThat(sign().status()).isEqualTo(6);
  }
}
