package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** openssl accepts what Hardwire signs, and the other way round. */
@Tag("system")
class OpensslTest {
  private static final String FIXTURE = "start-raw";
  @TempDir private Path directory;
  private SigningRoom room;
  private OpensslKeys keys;

  @BeforeEach
  void keys() throws IOException {
    room = new SigningRoom(directory);
    keys = new OpensslKeys(room);
  }

  private String check(Path signature, Path content) {
    return room.line(
        ("openssl cms -verify -binary -inform DER -in %s -content %s -CAfile root.pem "
                + "-purpose codesign -out /dev/null")
            .formatted(signature, content));
  }

  @ParameterizedTest
  @CsvSource({
    "RSA-3072, '', RSA-PSS with SHA-256",
    "RSA-3072, --digest sha512, RSA-PSS with SHA-512",
    "RSA-3072, --rsa-pkcs1, RSA PKCS#1 with SHA-256",
    "RSA-3072, --rsa-pkcs1 --digest sha384, RSA PKCS#1 with SHA-384",
    "P-256, '', ECDSA with SHA-256",
    "P-384, '', ECDSA with SHA-384",
    "P-521, '', ECDSA with SHA-512",
    "P-256, --digest sha512, ECDSA with SHA-512",
    "ED25519, '', Ed25519",
    "ML-DSA-65, '', ML-DSA-65",
    "ML-DSA-87, '', ML-DSA-87",
  })
  void opensslAcceptsWhatIsSigned(String kind, String options, String algorithm) {
    isAccepted(kind, options, algorithm);
  }

  /** To make such a key takes seconds. */
  @ParameterizedTest
  @CsvSource("RSA-4096, --rsa-pkcs1, RSA PKCS#1 with SHA-256")
  @Tag("long")
  void opensslAcceptsWhatIsSignedByALargerKey(String kind, String options, String algorithm) {
    isAccepted(kind, options, algorithm);
  }

  private void isAccepted(String kind, String options, String algorithm) {
    keys.signer("vendor", kind);
    Object[] more = options.isEmpty() ? new Object[0] : options.split(" ");
    Path patched = room.patched(FIXTURE);
    Path signed = room.sign(patched, "vendor", "signed", more);
    Outcome verified = room.verify(signed);
    verified.succeeds();
    assertThat(verified.out()).contains("signer: CN=vendor,O=Example, by " + algorithm);
    Cli.ok("sign", "--extract", room.file("e"), signed);
    assertThat(check(room.file("e.p7s"), room.file("e.content"))).contains("successful");

    Path detached = room.file("detached.p7s");
    Cli.ok(
        SigningRoom.concat(
            new Object[] {
              "sign",
              "--key",
              room.file("vendor.key"),
              "--cert",
              room.file("vendor.pem"),
              "--detached",
              detached,
              patched
            },
            more));
    assertThat(check(detached, patched)).contains("successful");
  }

  @Test
  void opensslAcceptsEachOfSeveralSignatures() {
    keys.signer("vendor", "P-256");
    keys.signer("team", "ED25519");
    Path signed = room.sign(room.sign(room.patched(FIXTURE), "vendor", "one"), "team", "two");
    Cli.ok("sign", "--extract", room.file("e"), signed);
    assertThat(check(room.file("e.p7s"), room.file("e.content"))).contains("successful");
  }

  private Outcome verifySignatureByOpenssl(String options) {
    Path patched = room.patched(FIXTURE);
    room.line(
        ("openssl cms -sign -binary -in %s -signer vendor.pem -inkey vendor.key "
                + "-outform DER -out openssl.p7s %s")
            .formatted(patched, options));
    return room.verify(patched, "--signature", room.file("openssl.p7s"));
  }

  @ParameterizedTest
  @CsvSource({
    "RSA-3072, -md sha256",
    "RSA-3072, -md sha384 -keyid",
    "RSA-3072, -md sha256 -keyopt rsa_padding_mode:pss",
    "P-256, -md sha256",
    "P-384, -md sha384 -nosmimecap",
    "P-521, -md sha512 -keyid",
    "ED25519, -md sha512",
    "ML-DSA-65, -md sha512",
    "ML-DSA-87, -md sha512",
  })
  void whatOpensslSignsIsAccepted(String kind, String options) {
    keys.signer("vendor", kind);
    Outcome verified = verifySignatureByOpenssl(options);
    verified.succeeds();
    assertThat(verified.out()).contains("binding: the signer states nothing but the file's bytes");
  }

  @ParameterizedTest
  @CsvSource({
    "-md sha1, the digest SHA-1 is not one of SHA-256",
    "-md sha256 -nodetach, the signature contains its content",
    "-md sha256 -noattr, the signature has no signed attributes",
    "-md sha256 -nocerts, the signer's certificate is missing",
  })
  void whatOpensslCanDoWorseIsRefused(String options, String message) {
    keys.signer("vendor", "P-256");
    Outcome verified = verifySignatureByOpenssl(options);
    assertThat(verified.status()).isEqualTo(5);
    assertThat(verified.failedChecks()).contains(message);
  }
}
