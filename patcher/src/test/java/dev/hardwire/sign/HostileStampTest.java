package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.tsp.MessageImprint;
import org.bouncycastle.asn1.tsp.TSTInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Time stamps that are wrong in one thing, made with the key of an authority that is trusted. */
@Tag("system")
class HostileStampTest {
  @TempDir private static Path directory;
  private static Instant now;
  private static SigningRoom room;
  private static ElfFile patched;
  private static TestCertificate.Holder root;
  private static TestCertificate.Holder vendor;
  private static TestCertificate.Holder authority;

  private interface Change {
    void make(Stamp stamp) throws IOException;
  }

  /** What a stamp says, and the message around it. */
  private static final class Stamp {
    byte[] imprint;
    AlgorithmIdentifier digest = Digest.SHA256.identifier();
    Instant time = now.minusSeconds(60);
    Extensions extensions;
    byte[] info;
    TestCertificate.Holder by = authority;
    Forgery message;

    Stamp(byte[] signature) {
      imprint = Digest.SHA256.of(signature);
    }

    void build() throws IOException {
      info =
          new TSTInfo(
                  new ASN1ObjectIdentifier("1.2.3.4"),
                  new MessageImprint(digest, imprint),
                  new ASN1Integer(7),
                  new ASN1GeneralizedTime(Date.from(time)),
                  null,
                  null,
                  null,
                  null,
                  extensions)
              .getEncoded(ASN1Encoding.DER);
      message = Forgery.stamp(by, info);
    }
  }

  private static TestCertificate stamps() {
    return TestCertificate.signer("Stamps").purpose(KeyPurposeId.id_kp_timeStamping).by(root);
  }

  @BeforeAll
  static void keys() throws IOException {
    now = Instant.now();
    room = new SigningRoom(directory);
    root = TestCertificate.root();
    vendor = TestCertificate.signer("Vendor").by(root).make();
    authority = stamps().make();
    room.write("root", root);
    patched = ElfFile.parse(Bytes.wrap(Files.readAllBytes(room.patched("start-raw"))));
  }

  /**
   * What verification says about a file with a stamp that is changed before and after it is made.
   */
  private static Outcome verified(Change said, Change message) throws IOException {
    Forgery outer = new Forgery(patched, vendor, Digest.SHA256);
    Stamp stamp = new Stamp(outer.value());
    said.make(stamp);
    stamp.build();
    message.make(stamp);
    ASN1Primitive token = ASN1Primitive.fromByteArray(stamp.message.message());
    outer.unsigned = new DERSet(new Attribute(SignerEntry.TIME_STAMP, new DERSet(token)));
    Path file = Files.createTempFile(directory, "stamped", "");
    Files.write(file, outer.file().toArray());
    return room.verify(file);
  }

  private static final Change NONE = stamp -> {};

  @Test
  void withoutAChangeTheStampHolds() throws IOException {
    Outcome outcome = verified(NONE, NONE);
    outcome.succeeds();
    assertThat(outcome.out()).contains("signed before", "according to CN=Stamps");
  }

  private static Map<String, Change> said() {
    Map<String, Change> all = new TreeMap<>();
    all.put(
        "time stamp: the time stamp is for another signature",
        stamp -> stamp.imprint = new byte[32]);
    all.put(
        "time stamp: the digest SHA-1 is not one of",
        stamp -> {
          stamp.digest = new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.3.14.3.2.26"));
          stamp.imprint = new byte[20];
        });
    all.put(
        "the time stamp is from the future", stamp -> stamp.time = now.plus(Duration.ofDays(2)));
    all.put(
        "time stamp: not yet valid: CN=Stamps",
        stamp -> stamp.time = now.minus(Duration.ofDays(300)));
    all.put(
        "time stamp: it has a critical extension that is not understood",
        stamp ->
            stamp.extensions =
                new Extensions(
                    new Extension(
                        new ASN1ObjectIdentifier("1.2.3"), true, new DEROctetString(new byte[2]))));
    all.put(
        "time stamp: expired: CN=Stamps",
        stamp -> stamp.by = stamps().valid(now.minusSeconds(900), now.minusSeconds(600)).make());
    all.put(
        "wrong purpose: CN=Stamps is not a certificate for time stamping",
        stamp -> stamp.by = TestCertificate.signer("Stamps").by(root).make());
    all.put(
        "wrong purpose: CN=Stamps is not for time stamping alone",
        stamp ->
            stamp.by =
                TestCertificate.signer("Stamps")
                    .purpose(null)
                    .extension(
                        new Extension(
                            Extension.extendedKeyUsage,
                            true,
                            new ExtendedKeyUsage(
                                    new KeyPurposeId[] {
                                      KeyPurposeId.id_kp_timeStamping,
                                      KeyPurposeId.id_kp_codeSigning
                                    })
                                .getEncoded()))
                    .by(root)
                    .make());
    all.put(
        "time stamp: not trusted: no anchor",
        stamp -> stamp.by = stamps().by(TestCertificate.authority("Nobody").make()).make());
    return all;
  }

  private static Map<String, Change> messages() {
    Map<String, Change> all = new TreeMap<>();
    all.put(
        "time stamp: it does not name its certificate by a strong digest",
        stamp -> stamp.message.remove(PKCSObjectIdentifiers.id_aa_signingCertificateV2));
    all.put(
        "time stamp: the time stamp is not a time-stamp token",
        stamp -> {
          Forgery plain = new Forgery(patched, authority, Digest.SHA256);
          stamp.message = plain;
        });
    all.put("time stamp: a signer occurs twice", stamp -> stamp.message.signers = 2);
    all.put(
        "time stamp: it contains a certificate that is not part of its chain",
        stamp -> stamp.message.certificates.add(vendor.certificate().toASN1Structure()));
    all.put(
        "time stamp: the signer's certificate is missing",
        stamp -> stamp.message.certificates(List.of()));
    all.put(
        "time stamp: its content is not what was signed",
        stamp -> {
          Forgery other = Forgery.stamp(authority, new byte[1]);
          other.content = stamp.message.content;
          stamp.message = other;
        });
    all.put(
        "time stamp: its signature is invalid",
        stamp -> {
          Forgery forged = Forgery.stamp(stamps().make(), stamp.info);
          forged.impersonate(authority);
          stamp.message = forged;
        });
    all.put(
        "time stamp: the time stamp is stamped itself",
        stamp ->
            stamp.message.unsigned =
                new DERSet(new Attribute(SignerEntry.TIME_STAMP, new DERSet(DERNull.INSTANCE))));
    return all;
  }

  @TestFactory
  Stream<DynamicTest> eachFaultHasItsMessage() {
    return Stream.concat(
        said().entrySet().stream().map(one -> test(one.getKey(), one.getValue(), NONE)),
        messages().entrySet().stream().map(one -> test(one.getKey(), NONE, one.getValue())));
  }

  private static DynamicTest test(String fault, Change said, Change message) {
    return DynamicTest.dynamicTest(
        fault,
        () -> {
          Outcome outcome = verified(said, message);
          assertThat(outcome.status()).isEqualTo(5);
          assertThat(outcome.failedChecks())
              .startsWith("  FAIL signature 1 time-stamp: ")
              .contains(fault);
        });
  }
}
