package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Certificates that must not pass, each with its own message, and chains that must. */
@Tag("system")
class ChainTest {
  private final Instant now = Instant.now();
  @TempDir private Path directory;
  private SigningRoom room;
  private TestCertificate.Holder root;

  @BeforeEach
  void keys() throws IOException {
    room = new SigningRoom(directory);
    root = TestCertificate.root();
    room.write("root", root);
  }

  private Outcome verify(TestCertificate.Holder signer, TestCertificate.Holder... above)
      throws IOException {
    room.write("vendor", signer, above);
    return room.verify(room.signAnyway(room.patched("start-raw"), "vendor", "signed"));
  }

  private void fails(String message, TestCertificate.Holder signer, TestCertificate.Holder... above)
      throws IOException {
    Outcome outcome = verify(signer, above);
    assertThat(outcome.status()).isEqualTo(5);
    assertThat(outcome.failedChecks()).startsWith("  FAIL signature 1 chain: " + message);
  }

  private static TestCertificate signer() {
    return TestCertificate.signer("Vendor");
  }

  private static TestCertificate authority(String name) {
    return TestCertificate.authority(name);
  }

  @Test
  void expired() throws IOException {
    fails(
        "expired: CN=Vendor was valid until",
        signer().by(root).valid(now.minus(Duration.ofDays(9)), now.minusSeconds(60)).make());
  }

  @Test
  void notYetValid() throws IOException {
    fails(
        "not yet valid: CN=Vendor is valid from",
        signer().by(root).valid(now.plusSeconds(3600), now.plus(Duration.ofDays(9))).make());
  }

  @Test
  void expiredAuthority() throws IOException {
    var middle =
        authority("Middle")
            .by(root)
            .valid(now.minus(Duration.ofDays(9)), now.minusSeconds(60))
            .make();
    fails("expired: CN=Middle", signer().by(middle).make(), middle);
  }

  @Test
  void wrongPurpose() throws IOException {
    fails(
        "wrong purpose: CN=Vendor is not a certificate for code signing",
        signer().by(root).purpose(KeyPurposeId.id_kp_serverAuth).make());
    fails(
        "wrong purpose: CN=Vendor is not a certificate for code signing",
        signer().by(root).purpose(null).make());
    fails(
        "wrong purpose: the key usage of CN=Vendor does not allow signatures",
        signer().by(root).usage(KeyUsage.keyEncipherment).make());
    var middle = authority("Middle").by(root).purpose(KeyPurposeId.id_kp_serverAuth).make();
    fails(
        "wrong purpose: CN=Middle may not issue certificates for code signing",
        signer().by(middle).make(),
        middle);
  }

  @Test
  void loop() throws IOException {
    KeyPair one = TestCertificate.generate("P-256");
    KeyPair two = TestCertificate.generate("P-256");
    var first = authority("One").keys(one).by(authority("Two").keys(two).make()).make();
    var second = authority("Two").keys(two).by(first).make();
    fails("loop: CN=Two is its own indirect issuer", signer().by(second).make(), second, first);
  }

  @Test
  void untrusted() throws IOException {
    var stranger = authority("Stranger").make();
    fails(
        "not trusted: no anchor and no certificate in the signature has issued CN=Vendor",
        signer().by(stranger).make());
    fails(
        "CN=Vendor is not signed by CN=Root, its issuer by name",
        signer().by(TestCertificate.root()).make());
    fails("not trusted: CN=Vendor is self-signed and no anchor", signer().make());
  }

  @Test
  void issuerThatIsNoAuthority() throws IOException {
    var leaf = TestCertificate.signer("Leaf").by(root).make();
    fails(
        "CN=Leaf is no certification authority, but has issued CN=Vendor",
        signer().by(leaf).make(),
        leaf);
    var mute = authority("Mute").by(root).usage(KeyUsage.cRLSign).make();
    fails(
        "the key usage of CN=Mute does not allow it to issue certificates",
        signer().by(mute).make(),
        mute);
  }

  @Test
  void pathTooLong() throws IOException {
    var top = authority("Top").by(root).pathLength(0).make();
    var middle = authority("Middle").by(top).make();
    fails(
        "path too long: CN=Top allows fewer authorities below it than 1",
        signer().by(middle).make(),
        middle,
        top);
    TestCertificate.Holder[] above = new TestCertificate.Holder[12];
    TestCertificate.Holder last = root;
    for (int i = 0; i < above.length; i++) {
      last = authority("Level " + i).by(last).make();
      above[i] = last;
    }
    fails("path too long: there are more than 10 certificates", signer().by(last).make(), above);
  }

  @Test
  void weakSignatureOrKeyInTheChain() throws IOException {
    fails(
        "the signature algorithm ECDSA with SHA-1 is weak or not known",
        signer().by(root).signature("SHA1withECDSA").make());
    var weak = authority("Weak").key("RSA-2048").by(root).make();
    fails("an RSA key of 2048 bits is too weak", signer().by(weak).make(), weak);
  }

  @Test
  void extensions() throws IOException {
    var unknown =
        new Extension(
            new ASN1ObjectIdentifier("1.2.3.4"), true, new DEROctetString(new byte[] {5, 0}));
    fails(
        "CN=Vendor has a critical extension that is not understood: 1.2.3.4",
        signer().by(root).extension(unknown).make());
    var names =
        new NameConstraints(
            new GeneralSubtree[] {new GeneralSubtree(new GeneralName(new X500Name("O=Elsewhere")))},
            null);
    var middle =
        authority("Middle")
            .by(root)
            .extension(
                new Extension(
                    Extension.nameConstraints, true, new DEROctetString(names.getEncoded())))
            .make();
    fails(
        "CN=Vendor has a name that an authority above it may not certify",
        signer().by(middle).make(),
        middle);
  }

  /** As openssl does, and RFC 5280 section 4.2.1.10 demands. */
  @ParameterizedTest
  @CsvSource({"a@good.example, 0", "a@bad.example, 5"})
  void constraintsOnMailAddressesHoldForSubjects(String address, int code) throws IOException {
    var names =
        new NameConstraints(
            new GeneralSubtree[] {
              new GeneralSubtree(new GeneralName(GeneralName.rfc822Name, "good.example"))
            },
            null);
    var middle =
        authority("Middle")
            .by(root)
            .extension(
                new Extension(
                    Extension.nameConstraints, true, new DEROctetString(names.getEncoded())))
            .make();
    assertThat(
            verify(TestCertificate.signer("Vendor,E=" + address).by(middle).make(), middle)
                .status())
        .isEqualTo(code);
  }

  @Test
  void goodChains() throws IOException {
    var middle = authority("Middle").by(root).pathLength(0).make();
    assertThat(verify(signer().by(middle).make(), middle).status()).isZero();
    var rsa = authority("Middle").key("ML-DSA-87").by(root).make();
    Outcome outcome = verify(signer().key("Ed25519").by(rsa).make(), rsa, root);
    outcome.succeeds();
    assertThat(outcome.out()).contains("CN=Vendor <- CN=Middle <- CN=Root");
  }

  @Test
  void signersOwnCertificateAsAnchor() throws IOException {
    var own = signer().make();
    room.write("root", own);
    assertThat(verify(own).status()).isZero();
  }

  @Test
  void certificateThatBelongsToNoChain() throws IOException {
    Outcome outcome =
        verify(signer().by(root).make(), TestCertificate.signer("Bystander").by(root).make());
    assertThat(outcome.status()).isEqualTo(5);
    assertThat(outcome.failedChecks())
        .isEqualTo("  FAIL certificates: CN=Bystander belongs to no signature's chain");
  }

  private Path crl(
      String name, TestCertificate.Holder issuer, Instant next, BigInteger revoked, int reason)
      throws IOException {
    var builder =
        new X509v2CRLBuilder(
            issuer.certificate().getSubject(), Date.from(now.minus(Duration.ofDays(2))));
    builder.setNextUpdate(Date.from(next));
    if (revoked != null) {
      builder.addCRLEntry(revoked, Date.from(now.minusSeconds(3600)), reason);
    }
    X509CRLHolder list =
        builder.build(TestCertificate.contentSigner(issuer.keys(), "SHA256withECDSA"));
    SigningRoom.pem(room.file(name), list);
    return room.file(name);
  }

  @Test
  void revocation() throws IOException {
    var middle = authority("Middle").by(root).make();
    var vendor = signer().by(middle).make();
    room.write("vendor", vendor, middle);
    Path signed = room.sign(room.patched("start-raw"), "vendor", "signed");
    Instant next = now.plus(Duration.ofDays(1));
    Path clean = crl("clean", root, next, BigInteger.ONE, CRLReason.unspecified);
    Path other = crl("other", middle, next, BigInteger.TWO, CRLReason.unspecified);
    BigInteger serial = vendor.certificate().getSerialNumber();
    Path revoked = crl("revoked", middle, next, serial, CRLReason.keyCompromise);
    Path old = crl("old", middle, now.minusSeconds(60), null, 0);
    Path forged = crl("forged", TestCertificate.authority("Middle").make(), next, null, 0);
    assertThat(room.verify(signed, "--crl", clean, "--crl", other).status()).isZero();
    assertThat(room.verify(signed, "--crl", clean, "--crl", revoked).failedChecks())
        .contains("revoked: CN=Vendor is revoked since")
        .contains("its key is compromised");
    assertThat(room.verify(signed, "--crl", clean).failedChecks())
        .contains("revocation unknown of CN=Vendor: there is no revocation list of CN=Middle");
    assertThat(room.verify(signed, "--crl", clean, "--crl", old).failedChecks())
        .contains("of CN=Vendor: the revocation list of CN=Middle has expired: it was valid until");
    assertThat(room.verify(signed, "--crl", clean, "--crl", forged).failedChecks())
        .contains("of CN=Vendor: a revocation list is not signed by CN=Middle");
    assertThat(room.verify(signed, "--crl", room.file("root.pem")).err())
        .contains("contains no revocation list");
  }

  /** A second certificate, of a name or of a key, makes nobody two. */
  @ParameterizedTest
  @CsvSource({"Vendor, false, 5", "Other, true, 5", "Other, false, 0"})
  void signersAreCountedByNameAndKey(String name, boolean sameKey, int code) throws IOException {
    var first = signer().by(root).make();
    var second = TestCertificate.signer(name).by(root);
    room.write("first", first);
    room.write("second", (sameKey ? second.keys(first.keys()) : second).make());
    Path once = room.sign(room.patched("start-raw"), "first", "once");
    Path twice = room.sign(once, "second", "twice");
    assertThat(room.verify(twice, "--require-signatures", "2").status()).isEqualTo(code);
  }

  @Test
  void statedTimeMustFit() throws IOException {
    room.write("vendor", signer().by(root).make());
    Path patched = room.patched("start-raw");
    Path now = room.sign(patched, "vendor", "now", "--signing-time");
    assertThat(room.verify(now).status()).isZero();
    Path early = stating("2001-01-01T00:00:00Z", patched, "early");
    assertThat(room.verify(early).failedChecks()).contains("not yet valid: CN=Vendor");
    Path late = stating("2049-01-01T00:00:00Z", patched, "late");
    assertThat(room.verify(late).failedChecks())
        .contains("the signer states a time of signing that is later than");
  }

  private Path stating(String time, Path patched, String output) throws IOException {
    return room.signAnyway(patched, "vendor", output, Optional.of(Instant.parse(time)));
  }

  /** No verifier would take the signature. */
  @ParameterizedTest
  @CsvSource({
    "2001-01-01T00:00:00Z, not yet valid: CN=Vendor",
    "2049-01-01T00:00:00Z, --signing-time: 2049-01-01T00:00:00Z is in the future"
  })
  void statedTimeThatDoesNotFitIsNotSigned(String time, String message) throws IOException {
    room.write("vendor", signer().by(root).make());
    Path out = room.file("out");
    Outcome outcome =
        room.trySign("vendor", "-o", out, "--signing-time=" + time, room.patched("start-raw"));
    outcome.endsWith(2);
    assertThat(outcome.err()).contains(message);
    assertThat(out).doesNotExist();
  }
}
