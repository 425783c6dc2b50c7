package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.sign.algorithm.Engines;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The other valid form of an ECDSA signature, (r, n - s), is not accepted inside a file. */
@Tag("system")
class OneFormTest {
  @TempDir private Path directory;
  private SigningRoom room;
  private TestCertificate.Holder root;

  @BeforeEach
  void keys() throws IOException {
    room = new SigningRoom(directory);
    root = TestCertificate.root();
    room.write("root", root);
  }

  /** (r, n - s) for (r, s). */
  private static byte[] other(SubjectPublicKeyInfo key, byte[] signature) throws IOException {
    BigInteger order =
        ((ECPublicKeyParameters) PublicKeyFactory.createKey(key)).getParameters().getN();
    ASN1Sequence numbers = ASN1Sequence.getInstance(signature);
    ASN1EncodableVector changed = new ASN1EncodableVector();
    changed.add(numbers.getObjectAt(0));
    BigInteger s = ASN1Integer.getInstance(numbers.getObjectAt(1)).getPositiveValue();
    changed.add(new ASN1Integer(order.subtract(s)));
    return new DERSequence(changed).getEncoded();
  }

  /** A structure in which one octet string or bit string has another value. */
  private static ASN1Encodable replaced(ASN1Encodable in, byte[] value, byte[] by)
      throws IOException {
    ASN1Primitive element = in.toASN1Primitive();
    if (element.equals(new DEROctetString(value))) {
      return new DEROctetString(by);
    }
    if (element.equals(new DERBitString(value))) {
      return new DERBitString(by);
    }
    if (element instanceof ASN1TaggedObject tagged) {
      ASN1Primitive base = tagged.getBaseObject().toASN1Primitive();
      if (tagged.isExplicit() || base instanceof ASN1Sequence || base instanceof ASN1Set) {
        return new DERTaggedObject(
            tagged.isExplicit(), tagged.getTagNo(), replaced(base, value, by));
      }
      return element;
    }
    Iterable<ASN1Encodable> parts =
        element instanceof ASN1Sequence sequence
            ? sequence
            : element instanceof ASN1Set set ? set : List.of();
    List<ASN1Encodable> changed = new ArrayList<>();
    for (ASN1Encodable part : parts) {
      changed.add(replaced(part, value, by));
    }
    ASN1Encodable[] all = changed.toArray(ASN1Encodable[]::new);
    return element instanceof ASN1Sequence
        ? new DERSequence(all)
        : element instanceof ASN1Set ? new DERSet(all) : element;
  }

  private static SignedBytes image(Path signed) throws IOException {
    return StampedBytes.image(Files.readAllBytes(signed));
  }

  private static SignerEntry signer(Bytes cms) {
    return SignedMessage.parse(cms).signers().get(0);
  }

  /** The signed file with another value in its signatures, which keep their size. */
  private Path changed(Path signed, byte[] value, byte[] by) throws IOException {
    SignedBytes image = image(signed);
    byte[] cms = image.cms().toArray();
    byte[] changed =
        replaced(ASN1Primitive.fromByteArray(cms), value, by)
            .toASN1Primitive()
            .getEncoded(ASN1Encoding.DER);
    assertThat(changed).isNotEqualTo(cms);
    Path file = room.file("changed");
    Files.write(file, image.withCms(Bytes.wrap(changed)).file().toArray());
    return file;
  }

  @ParameterizedTest
  @ValueSource(strings = {"P-256", "P-384", "P-521"})
  void signatureOfAFile(String kind) throws IOException {
    var vendor = TestCertificate.signer("Vendor").key(kind).by(root).make();
    room.write("vendor", vendor);
    Path signed = room.sign(room.patched("start-raw"), "vendor", "signed");
    room.verify(signed).succeeds();
    SubjectPublicKeyInfo key = vendor.certificate().getSubjectPublicKeyInfo();
    SignerEntry signer = signer(image(signed).cms());
    byte[] other = other(key, signer.signature());
    assertThat(Engines.verify(key, signer.scheme(), signer.signedBytes(), other)).isTrue();
    Outcome outcome = room.verify(changed(signed, signer.signature(), other));
    assertThat(outcome.status()).isEqualTo(5);
    assertThat(outcome.failedChecks()).contains("signer: of the two values of the ECDSA signature");
  }

  /** Tokens and other tools make either form; there it can change no byte of a program. */
  @Test
  void eitherFormIsAcceptedBesideTheFile() throws IOException {
    var vendor = TestCertificate.signer("Vendor").by(root).make();
    room.write("vendor", vendor);
    Path patched = room.patched("start-raw");
    Path detached = room.file("detached.p7s");
    room.trySign("vendor", "--detached", detached, patched).succeeds();
    byte[] cms = Files.readAllBytes(detached);
    byte[] value = signer(Bytes.wrap(cms)).signature();
    byte[] other = other(vendor.certificate().getSubjectPublicKeyInfo(), value);
    ASN1Encodable changed = replaced(ASN1Primitive.fromByteArray(cms), value, other);
    Files.write(detached, changed.toASN1Primitive().getEncoded(ASN1Encoding.DER));
    room.verify(patched, "--signature", detached).succeeds();
  }

  @Test
  void timeStamp() throws IOException {
    room.write("vendor", TestCertificate.signer("Vendor").by(root).make());
    var stamps =
        TestCertificate.signer("Stamps").purpose(KeyPurposeId.id_kp_timeStamping).by(root).make();
    Path signed;
    try (LoopbackAuthority authority = new LoopbackAuthority(stamps, Instant.now())) {
      signed =
          room.sign(room.patched("start-raw"), "vendor", "signed", "--timestamp", authority.url());
    }
    room.verify(signed).succeeds();
    ASN1Primitive token = signer(image(signed).cms()).timeStamp().orElseThrow().toASN1Primitive();
    byte[] value = signer(Bytes.wrap(token.getEncoded(ASN1Encoding.DER))).signature();
    byte[] other = other(stamps.certificate().getSubjectPublicKeyInfo(), value);
    ASN1Primitive otherToken = replaced(token, value, other).toASN1Primitive();
    assertThat(TimeStamp.inOneForm(otherToken)).isEqualTo(token).isNotEqualTo(otherToken);
    assertThat(room.verify(changed(signed, value, other)).failedChecks())
        .contains("time-stamp: time stamp: of the two values of the ECDSA signature");
  }

  @Test
  void certificateOfAnAuthority() throws IOException {
    var middle = TestCertificate.authority("Middle").by(root).make();
    room.write("vendor", TestCertificate.signer("Vendor").by(middle).make(), middle);
    Path signed = room.sign(room.patched("start-raw"), "vendor", "signed");
    room.verify(signed).succeeds();
    Certificate certificate = middle.certificate().toASN1Structure();
    byte[] value = certificate.getSignature().getOctets();
    byte[] other = other(root.certificate().getSubjectPublicKeyInfo(), value);
    assertThat(room.verify(changed(signed, value, other)).failedChecks())
        .contains("certificates: no signer states the digest of the certificate of CN=Middle");
  }
}
