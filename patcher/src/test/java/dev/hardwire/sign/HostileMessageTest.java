package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.sign.algorithm.SignatureScheme;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Verifier;
import dev.hardwire.verify.result.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSAlgorithmProtection;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSASSAPSSparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Messages that are wrong in one thing, and signed with a key that the verifier trusts. */
@Tag("system")
class HostileMessageTest {
  private static final AlgorithmIdentifier SHA1 =
      new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.3.14.3.2.26"));
  private static final AlgorithmIdentifier SHA256 = Digest.SHA256.identifier();

  @TempDir private static Path directory;
  private static Expectations expectations;
  private static ElfFile patched;
  private static TestCertificate.Holder root;
  private static TestCertificate.Holder vendor;

  @BeforeAll
  static void keys() throws IOException {
    SigningRoom room = new SigningRoom(directory);
    root = TestCertificate.root();
    vendor = TestCertificate.signer("Vendor").by(root).make();
    room.write("root", root);
    patched = ElfFile.parse(Bytes.wrap(Files.readAllBytes(room.patched("start-raw"))));
    expectations =
        Expectations.NONE.withTrust(
            TrustStore.read(List.of(room.file("root.pem")), List.of()), Instant.now());
  }

  /** The failed checks, a line each. */
  private static String failures(Forgery forgery) {
    Report report = Verifier.verify(forgery.file(), expectations);
    return String.join(
        "\n",
        report.checks().stream()
            .filter(check -> !check.passed())
            .map(check -> check.name() + ": " + check.detail())
            .toList());
  }

  private static Forgery forgery() {
    return new Forgery(patched, vendor, Digest.SHA256);
  }

  @Test
  void withoutAChangeTheMessageHolds() {
    assertThat(failures(forgery())).isEmpty();
  }

  private static Map<String, Consumer<Forgery>> attributes() {
    Map<String, Consumer<Forgery>> all = new TreeMap<>();
    all.put("the signature has no signed attributes", forgery -> forgery.withoutAttributes = true);
    all.put("a set of attributes is empty", forgery -> forgery.attributes.clear());
    all.put(
        "the attribute 1.2.840.113549.1.9.4 occurs twice",
        forgery -> forgery.add(CMSAttributes.messageDigest, new DEROctetString(new byte[32])));
    all.put(
        "the attribute 1.2.3 has not one value",
        forgery -> forgery.add(new ASN1ObjectIdentifier("1.2.3"), DERNull.INSTANCE, SHA256));
    all.put(
        "the signed content type is not that of the content",
        forgery -> {
          forgery.remove(CMSAttributes.contentType);
          forgery.add(CMSAttributes.contentType, CMSObjectIdentifiers.signedData);
        });
    all.put(
        "no digest of the content is signed",
        forgery -> forgery.remove(CMSAttributes.messageDigest));
    all.put(
        "the signature's algorithms are not those that were signed",
        forgery ->
            forgery.add(
                CMSAttributes.cmsAlgorithmProtect,
                new CMSAlgorithmProtection(
                    Digest.SHA512.identifier(),
                    CMSAlgorithmProtection.SIGNATURE,
                    forgery.signature)));
    all.put(
        "the signer's certificate is not the one used for signing",
        forgery -> {
          forgery.remove(PKCSObjectIdentifiers.id_aa_signingCertificateV2);
          forgery.add(
              PKCSObjectIdentifiers.id_aa_signingCertificateV2,
              new SigningCertificateV2(new ESSCertIDv2(new byte[32])));
        });
    all.put(
        "the signed statement about the patch cannot be parsed",
        forgery -> forgery.add(Binding.OID, DERNull.INSTANCE));
    all.put(
        "the signed statement about the patch has an unknown version",
        forgery -> forgery.add(Binding.OID, new DERSequence(new ASN1Integer(2))));
    all.put(
        "the file does not have the original, policy and hook that the signer stated",
        forgery -> forgery.add(Binding.OID, new Binding("x", List.of()).encode()));
    all.put(
        "the signature has an unsigned attribute that is not allowed",
        forgery ->
            forgery.unsigned =
                new DERSet(new Attribute(new ASN1ObjectIdentifier("1.2.3"), new DERSet(SHA256))));
    all.put(
        "time stamp: the signature cannot be parsed",
        forgery ->
            forgery.unsigned =
                new DERSet(new Attribute(SignerEntry.TIME_STAMP, new DERSet(DERNull.INSTANCE))));
    return all;
  }

  private static Map<String, Consumer<Forgery>> structures() {
    Map<String, Consumer<Forgery>> all = new TreeMap<>();
    all.put("the version of the signer is wrong", forgery -> forgery.signerVersion = 3);
    all.put("the version of the signed data is wrong", forgery -> forgery.version = 3);
    all.put(
        "the digest algorithms are not those of the signers",
        forgery -> forgery.digests.add(Digest.SHA512.identifier()));
    all.put(
        "the signature contains revocation lists",
        forgery -> forgery.revocationLists = new DERSet(new DERSequence(SHA256)));
    all.put(
        "the signature contains its content",
        forgery ->
            forgery.content =
                new ContentInfo(CMSObjectIdentifiers.data, new DEROctetString(new byte[1])));
    all.put(
        "the signature is not for plain data",
        forgery -> {
          forgery.content = new ContentInfo(CMSObjectIdentifiers.digestedData, null);
          forgery.remove(CMSAttributes.contentType);
          forgery.add(CMSAttributes.contentType, CMSObjectIdentifiers.digestedData);
          forgery.version = 3;
        });
    all.put("a signer occurs twice", forgery -> forgery.signers = 2);
    all.put("there are more than 32 signers", forgery -> forgery.signers = 33);
    all.put("the signer's certificate is missing", forgery -> forgery.certificates(List.of()));
    all.put(
        "a certificate occurs twice",
        forgery -> forgery.certificates(List.of(vendor.certificate(), vendor.certificate())));
    all.put(
        "there are more than 100 certificates",
        forgery -> {
          for (int i = 0; i < 100; i++) {
            forgery.certificates.add(vendor.certificate().toASN1Structure());
          }
        });
    all.put(
        "a certificate is not X.509", forgery -> forgery.certificates.add(new DERUTF8String("x")));
    all.put(
        "the signature cannot be parsed",
        forgery -> forgery.certificates.add(new DERSequence(SHA256)));
    return all;
  }

  private static AlgorithmIdentifier pss(
      AlgorithmIdentifier hash, AlgorithmIdentifier mask, long salt, long trailer) {
    return new AlgorithmIdentifier(
        PKCSObjectIdentifiers.id_RSASSA_PSS,
        new RSASSAPSSparams(
            hash,
            new AlgorithmIdentifier(PKCSObjectIdentifiers.id_mgf1, mask),
            new ASN1Integer(salt),
            new ASN1Integer(trailer)));
  }

  private static Map<String, Consumer<Forgery>> algorithms() {
    Map<String, Consumer<Forgery>> all = new TreeMap<>();
    all.put("the digest SHA-1 is not one of", forgery -> forgery.digest = SHA1);
    all.put(
        "the digest algorithm has parameters",
        forgery -> forgery.digest = new AlgorithmIdentifier(Digest.SHA256.oid(), SHA1));
    all.put(
        "the signature algorithm ECDSA with SHA-1 is weak or not known",
        forgery ->
            forgery.signature =
                new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.2.840.10045.4.1")));
    all.put(
        "the signature algorithm must have no parameters",
        forgery ->
            forgery.signature =
                new AlgorithmIdentifier(forgery.signature.getAlgorithm(), DERNull.INSTANCE));
    all.put(
        "the digest of the signature is not the digest of the content",
        forgery ->
            forgery.signature =
                new SignatureScheme(SignatureScheme.Kind.ECDSA, Digest.SHA512, 0).identifier());
    all.put(
        "a signature by Ed25519 with a key for ECDSA P-256",
        forgery -> {
          forgery.digest = Digest.SHA512.identifier();
          forgery.digests.set(0, forgery.digest);
          forgery.signature =
              new SignatureScheme(SignatureScheme.Kind.ED25519, Digest.SHA512, 0).identifier();
        });
    all.put(
        "RSA-PSS without parameters means SHA-1",
        forgery ->
            forgery.signature = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSASSA_PSS));
    all.put(
        "the parameters of RSA-PSS cannot be parsed",
        forgery ->
            forgery.signature =
                new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSASSA_PSS, DERNull.INSTANCE));
    all.put(
        "RSA-PSS must use one digest for the hash and for MGF1",
        forgery -> forgery.signature = pss(SHA256, Digest.SHA512.identifier(), 32, 1));
    all.put(
        "the parameters of RSA-PSS are out of range",
        forgery -> forgery.signature = pss(SHA256, SHA256, (1L << 32) + 32, 1));
    return all;
  }

  @TestFactory
  Stream<DynamicTest> eachFaultHasItsMessage() {
    return Stream.of(attributes(), structures(), algorithms())
        .flatMap(cases -> cases.entrySet().stream())
        .map(
            one ->
                DynamicTest.dynamicTest(
                    one.getKey(),
                    () -> {
                      Forgery forgery = forgery();
                      one.getValue().accept(forgery);
                      assertThat(failures(forgery)).contains(one.getKey());
                    }));
  }

  @Test
  void trailerOfPssMustBeTheOnlyOneThereIs() {
    for (long trailer : new long[] {0, 2, (1L << 32) + 1}) {
      Forgery forgery = forgery();
      forgery.signature = pss(SHA256, SHA256, 32, trailer);
      assertThat(failures(forgery)).contains("the parameters of RSA-PSS are out of range");
    }
  }

  @Test
  void pureSchemesNeedAStrongDigestOfTheContent() {
    for (String kind : new String[] {"Ed25519", "ML-DSA-65", "ML-DSA-87"}) {
      var signer = TestCertificate.signer("Vendor").key(kind).by(root).make();
      for (Digest digest : Digest.values()) {
        boolean strong =
            digest == Digest.SHA512 || (kind.equals("ML-DSA-65") && digest == Digest.SHA384);
        String fault = "%s cannot be used with %s for the content".formatted(kind, digest.text());
        assertThat(failures(new Forgery(patched, signer, digest)))
            .isEqualTo(strong ? "" : "signatures: " + fault);
      }
    }
  }

  @Test
  void serialNumberAndIssuerChooseTheCertificate() {
    var other = TestCertificate.signer("Vendor").by(root).make();
    Forgery forgery = forgery();
    forgery.certificates(List.of(other.certificate()));
    assertThat(failures(forgery)).contains("the signer's certificate is missing");
  }

  @Test
  void namesOfManyPartsAreNotCompared() {
    String parts = String.join(",", IntStream.range(0, 65).mapToObj(i -> "OU=unit " + i).toList());
    var signer = TestCertificate.signer("Vendor," + parts).by(root).make();
    assertThat(failures(new Forgery(patched, signer, Digest.SHA256)))
        .isEqualTo("signatures: a name in a certificate has too many parts");
  }

  @Test
  void saltThatIsLargerThanTheDigestIsAccepted() {
    var signer = TestCertificate.signer("Vendor").key("RSA-3072").by(root).make();
    Forgery forgery = new Forgery(patched, signer, Digest.SHA256);
    forgery.scheme = new SignatureScheme(SignatureScheme.Kind.RSA_PSS, Digest.SHA256, 64);
    forgery.signature = forgery.scheme.identifier();
    assertThat(failures(forgery)).isEmpty();
    forgery.signature = pss(SHA256, SHA256, 63, 1);
    assertThat(failures(forgery)).contains("the signature was not made with the key of CN=Vendor");
  }
}
