package dev.hardwire.sign;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.sign.algorithm.Engines;
import dev.hardwire.sign.algorithm.Names;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.sign.algorithm.SignatureScheme;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSAlgorithmProtection;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.cms.SignerIdentifier;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.bouncycastle.asn1.cms.Time;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * One SignerInfo (RFC 5652 section 5.3) with its attributes.
 *
 * <p>Invariants: the algorithms are known and agree with each other and with the signed
 * algorithm-protection attribute, if present (RFC 6211); each attribute occurs once, with one
 * value; the only unsigned attribute is a time stamp.
 */
final class SignerEntry {
  static final ASN1ObjectIdentifier TIME_STAMP =
      PKCSObjectIdentifiers.id_aa_signatureTimeStampToken;

  private final SignerInfo info;
  private final Digest digest;
  private final SignatureScheme scheme;
  private final Map<ASN1ObjectIdentifier, ASN1Encodable> signed;
  private final Map<ASN1ObjectIdentifier, ASN1Encodable> unsigned;

  SignerEntry(SignerInfo info, ASN1ObjectIdentifier contentType) {
    this.info = info;
    this.digest = Digest.of(info.getDigestAlgorithm());
    this.scheme = SignatureScheme.of(info.getDigestEncryptionAlgorithm(), digest);
    SignatureFault.require(
        info.getAuthenticatedAttributes() != null, "the signature has no signed attributes");
    this.signed = attributes(info.getAuthenticatedAttributes());
    this.unsigned =
        info.getUnauthenticatedAttributes() == null
            ? Map.of()
            : attributes(info.getUnauthenticatedAttributes());
    boolean bySerial = !info.getSID().isTagged();
    SignatureFault.require(
        info.getVersion().hasValue(bySerial ? 1 : 3), "the version of the signer is wrong");
    SignatureFault.require(
        List.of(TIME_STAMP).containsAll(unsigned.keySet()),
        "the signature has an unsigned attribute that is not allowed: " + unsigned.keySet());
    SignatureFault.require(
        contentType.equals(signed.get(CMSAttributes.contentType)),
        "the signed content type is not that of the content");
    algorithmProtection();
  }

  private static Map<ASN1ObjectIdentifier, ASN1Encodable> attributes(ASN1Set set) {
    Map<ASN1ObjectIdentifier, ASN1Encodable> all = new HashMap<>();
    SignatureFault.require(set.size() > 0, "a set of attributes is empty");
    for (ASN1Encodable one : set) {
      Attribute attribute = Attribute.getInstance(one);
      SignatureFault.require(
          attribute.getAttrValues().size() == 1,
          "the attribute %s has not one value".formatted(attribute.getAttrType()));
      SignatureFault.require(
          all.put(attribute.getAttrType(), attribute.getAttrValues().getObjectAt(0)) == null,
          "the attribute %s occurs twice".formatted(attribute.getAttrType()));
    }
    return all;
  }

  private void algorithmProtection() {
    ASN1Encodable value = signed.get(CMSAttributes.cmsAlgorithmProtect);
    if (value != null) {
      CMSAlgorithmProtection protection = CMSAlgorithmProtection.getInstance(value);
      SignatureFault.require(
          info.getDigestAlgorithm().equals(protection.getDigestAlgorithm())
              && info.getDigestEncryptionAlgorithm().equals(protection.getSignatureAlgorithm()),
          "the signature's algorithms are not those that were signed");
    }
  }

  SignerInfo info() {
    return info;
  }

  Digest digest() {
    return digest;
  }

  SignatureScheme scheme() {
    return scheme;
  }

  byte[] signature() {
    return info.getEncryptedDigest().getOctets();
  }

  Bytes messageDigest() {
    SignatureFault.require(
        signed.get(CMSAttributes.messageDigest) instanceof ASN1OctetString,
        "no digest of the content is signed");
    return Bytes.wrap(
        ((ASN1OctetString) signed.get(CMSAttributes.messageDigest)).getOctets().clone());
  }

  /** The signed bytes: the attributes, in DER, as a SET (RFC 5652 section 5.4). */
  byte[] signedBytes() {
    try {
      return info.getAuthenticatedAttributes().getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the signature was made with a key. */
  boolean isValid(SubjectPublicKeyInfo key) {
    return Engines.verify(key, scheme, signedBytes(), signature());
  }

  /** The time stated by the signer, which is not confirmed by an authority. */
  Optional<Instant> statedTime() {
    return Optional.ofNullable(signed.get(CMSAttributes.signingTime))
        .map(value -> Time.getInstance(value).getDate().toInstant());
  }

  Optional<Binding> binding() {
    return Optional.ofNullable(signed.get(Binding.OID)).map(Binding::decode);
  }

  /** The time-stamp token, not verified. */
  Optional<ASN1Encodable> timeStamp() {
    return Optional.ofNullable(unsigned.get(TIME_STAMP));
  }

  X509CertificateHolder certificate(List<X509CertificateHolder> certificates) {
    X509CertificateHolder found =
        certificates.stream()
            .filter(this::isSigner)
            .findFirst()
            .orElseThrow(() -> new SignatureFault("the signer's certificate is missing"));
    signingCertificate(found);
    return found;
  }

  /** Whether the attribute of RFC 5035 is present. */
  boolean namesCertificate() {
    return signed.containsKey(PKCSObjectIdentifiers.id_aa_signingCertificateV2);
  }

  /** Whether the attribute of RFC 5035 contains the digest of a certificate. */
  boolean names(X509CertificateHolder certificate) {
    ASN1Encodable value = signed.get(PKCSObjectIdentifiers.id_aa_signingCertificateV2);
    return value != null
        && Arrays.stream(SigningCertificateV2.getInstance(value).getCerts())
            .anyMatch(id -> isOf(id, certificate));
  }

  private static boolean isOf(ESSCertIDv2 id, X509CertificateHolder certificate) {
    return Arrays.equals(
        id.getCertHash(), Digest.of(id.getHashAlgorithm()).of(Names.encoded(certificate)));
  }

  private boolean isSigner(X509CertificateHolder certificate) {
    SignerIdentifier identifier = info.getSID();
    if (identifier.getId() instanceof ASN1OctetString keyId) {
      Extension extension = certificate.getExtension(Extension.subjectKeyIdentifier);
      return extension != null
          && Arrays.equals(
              ASN1OctetString.getInstance(extension.getParsedValue()).getOctets(),
              keyId.getOctets());
    }
    // compared byte by byte: otherwise a name could be replaced unnoticed by one in another case
    return new IssuerAndSerialNumber(certificate.toASN1Structure())
        .toASN1Primitive()
        .equals(identifier.getId().toASN1Primitive());
  }

  /** The attribute of RFC 5035, if present, must name the certificate. */
  private void signingCertificate(X509CertificateHolder certificate) {
    ASN1Encodable value = signed.get(PKCSObjectIdentifiers.id_aa_signingCertificateV2);
    if (value != null) {
      ESSCertIDv2[] ids = SigningCertificateV2.getInstance(value).getCerts();
      SignatureFault.require(
          ids.length > 0 && isOf(ids[0], certificate),
          "the signer's certificate is not the one used for signing");
    }
  }
}
