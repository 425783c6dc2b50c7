package dev.hardwire.sign;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.algorithm.DerScan;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.sign.algorithm.SignatureFault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * A ContentInfo with SignedData (RFC 5652 section 5), parsed strictly: every byte has a checked
 * meaning, so that none can be changed unnoticed.
 *
 * <p>Invariants: it is DER; the version is the one that RFC 5652 demands; the digest algorithms are
 * those of the signers; there are only X.509 certificates, each once, and no revocation lists.
 */
final class SignedMessage {
  private static final int MAXIMUM_SIZE = 1 << 20;
  private static final int MAXIMUM_SIGNERS = 32;
  private static final int MAXIMUM_CERTIFICATES = 100;
  private static final int MAXIMUM_NAME = 64;

  private final SignedData data;
  private final ASN1ObjectIdentifier contentType;
  private final Optional<byte[]> content;
  private final List<X509CertificateHolder> certificates = new ArrayList<>();
  private final List<SignerEntry> signers = new ArrayList<>();

  private SignedMessage(SignedData data) {
    this.data = data;
    contentType = data.getEncapContentInfo().getContentType();
    ASN1Encodable inner = data.getEncapContentInfo().getContent();
    content =
        Optional.ofNullable(inner).map(octets -> ASN1OctetString.getInstance(octets).getOctets());
    SignatureFault.require(data.getCRLs() == null, "the signature contains revocation lists");
    readCertificates(data.getCertificates());
    int count = data.getSignerInfos().size();
    SignatureFault.require(
        count >= 1 && count <= MAXIMUM_SIGNERS,
        count == 0 ? "there is no signer" : "there are more than 32 signers");
    boolean allBySerial = true;
    for (ASN1Encodable one : data.getSignerInfos()) {
      SignerEntry signer = new SignerEntry(SignerInfo.getInstance(one), contentType);
      SignatureFault.require(
          signers.stream().noneMatch(other -> other.info().getSID().equals(signer.info().getSID())),
          "a signer occurs twice");
      allBySerial &= signer.info().getVersion().hasValue(1);
      signers.add(signer);
    }
    boolean plain = contentType.equals(CMSObjectIdentifiers.data) && allBySerial;
    SignatureFault.require(
        data.getVersion().hasValue(plain ? 1 : 3), "the version of the signed data is wrong");
    checkDigests(data.getDigestAlgorithms());
  }

  /**
   * Parses a message.
   *
   * @throws SignatureFault if it is not exactly such a message
   */
  static SignedMessage parse(Bytes der) {
    DerScan.check(der);
    SignatureFault.require(der.size() <= MAXIMUM_SIZE, "the signatures are larger than 1 MiB");
    try {
      ASN1Primitive primitive = ASN1Primitive.fromByteArray(der.toArray());
      SignatureFault.require(
          Arrays.equals(primitive.getEncoded(ASN1Encoding.DER), der.toArray()),
          "the encoding is not DER");
      return of(primitive);
    } catch (IOException | RuntimeException | StackOverflowError e) {
      if (e instanceof SignatureFault fault) {
        throw fault;
      }
      throw new SignatureFault("the signature cannot be parsed: " + e.getMessage(), e);
    }
  }

  private static SignedMessage of(ASN1Primitive primitive) {
    ContentInfo info = ContentInfo.getInstance(primitive);
    SignatureFault.require(
        info.getContentType().equals(CMSObjectIdentifiers.signedData),
        "the signature is not CMS SignedData");
    return new SignedMessage(SignedData.getInstance(info.getContent()));
  }

  private void readCertificates(ASN1Set set) {
    if (set == null) {
      return;
    }
    SignatureFault.require(
        set.size() <= MAXIMUM_CERTIFICATES, "there are more than 100 certificates");
    for (ASN1Encodable one : set) {
      SignatureFault.require(
          one.toASN1Primitive() instanceof ASN1Sequence, "a certificate is not X.509");
      X509CertificateHolder certificate = new X509CertificateHolder(Certificate.getInstance(one));
      requireShort(certificate.getSubject());
      requireShort(certificate.getIssuer());
      SignatureFault.require(!certificates.contains(certificate), "a certificate occurs twice");
      certificates.add(certificate);
    }
  }

  /** The time for comparing names grows with the square of their lengths. */
  private static void requireShort(X500Name name) {
    SignatureFault.require(
        name.getAttributeTypes().length <= MAXIMUM_NAME,
        "a name in a certificate has too many parts");
  }

  private void checkDigests(ASN1Set set) {
    Set<ASN1ObjectIdentifier> declared = new HashSet<>();
    for (ASN1Encodable one : set) {
      declared.add(Digest.of(AlgorithmIdentifier.getInstance(one)).oid());
    }
    Set<ASN1ObjectIdentifier> used = new HashSet<>();
    signers.forEach(signer -> used.add(signer.digest().oid()));
    SignatureFault.require(
        declared.equals(used) && set.size() == used.size(),
        "the digest algorithms are not those of the signers");
  }

  /** The message of one signer with another value of the signature. */
  ASN1Primitive withSignature(byte[] signature) throws IOException {
    SignerInfo info = signers.get(0).info();
    SignerInfo changed =
        new SignerInfo(
            info.getSID(),
            info.getDigestAlgorithm(),
            info.getAuthenticatedAttributes(),
            info.getDigestEncryptionAlgorithm(),
            new DEROctetString(signature),
            info.getUnauthenticatedAttributes());
    SignedData all =
        new SignedData(
            data.getDigestAlgorithms(),
            data.getEncapContentInfo(),
            data.getCertificates(),
            null,
            new DERSet(changed));
    return ASN1Primitive.fromByteArray(
        new ContentInfo(CMSObjectIdentifiers.signedData, all).getEncoded(ASN1Encoding.DER));
  }

  ASN1ObjectIdentifier contentType() {
    return contentType;
  }

  /** The content, unless it is detached. */
  Optional<byte[]> content() {
    return content.map(byte[]::clone);
  }

  List<X509CertificateHolder> certificates() {
    return List.copyOf(certificates);
  }

  List<SignerEntry> signers() {
    return List.copyOf(signers);
  }
}
