package dev.hardwire.sign;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.sign.algorithm.EcdsaValue;
import dev.hardwire.sign.algorithm.Engines;
import dev.hardwire.sign.algorithm.KeyKind;
import dev.hardwire.sign.algorithm.Names;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.sign.algorithm.SignatureScheme;
import dev.hardwire.sign.key.Identity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSAlgorithmProtection;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerIdentifier;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.bouncycastle.asn1.cms.Time;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * Makes signatures: CMS SignedData without its content (RFC 5652), in DER.
 *
 * <p>The same key, content and options give the same bytes, unless the scheme is randomised
 * (RSA-PSS, ML-DSA) or a time is included.
 */
public final class CmsSigner {
  /**
   * How to sign.
   *
   * @param digest of the content; empty for the key's default
   * @param pkcs1 RSA by PKCS#1 v1.5 instead of PSS
   * @param signingTime the time to state, if any
   * @param timestamp the time-stamping authority to ask, if any
   */
  public record Options(
      Optional<Digest> digest,
      boolean pkcs1,
      Optional<Instant> signingTime,
      Optional<TimeStampAuthority> timestamp) {}

  private final Identity identity;
  private final Options options;
  private final SignatureScheme scheme;

  /**
   * Prepares to sign.
   *
   * @throws SignatureFault if the digest cannot be used with the key
   */
  public CmsSigner(Identity identity, Options options) {
    this.identity = identity;
    this.options = options;
    SubjectPublicKeyInfo key = identity.certificate().getSubjectPublicKeyInfo();
    KeyKind kind = KeyKind.of(key);
    Digest digest = options.digest().orElse(kind.digest());
    boolean anyDigest =
        kind.family() == KeyKind.Family.RSA || kind.family() == KeyKind.Family.ECDSA;
    // RFC 8419 section 3.1 demands SHA-512 for Ed25519, RFC 9882 section 3.3 recommends it
    SignatureFault.require(anyDigest || digest == Digest.SHA512, kind.text() + " requires SHA-512");
    this.scheme = SignatureScheme.forKey(key, digest, options.pkcs1());
  }

  /** The scheme, the certificates that are included, and the time stamp, for people. */
  public String described() {
    int certificates = identity.embedded().size();
    return "%s by %s, with %d %s and %s"
        .formatted(
            scheme.text(),
            identity.subject(),
            certificates,
            certificates == 1 ? "certificate" : "certificates",
            options.timestamp().isPresent() ? "a time stamp" : "no time stamp");
  }

  /** Computes the digests of a content in advance, since this takes as long as reading it. */
  public void prepare(ContentDigests content) {
    content.of(scheme.digest());
  }

  /** Whether this signer made one of the signatures in {@code cms}. */
  public boolean hasSigned(Bytes cms) {
    return SignedMessage.parse(cms).signers().stream()
        .anyMatch(signer -> signer.info().getSID().equals(signerIdentifier()));
  }

  /** Whether this signer's signature exists and is valid for a content. */
  public boolean holds(Bytes cms, Bytes content) {
    return SignedMessage.parse(cms).signers().stream()
        .filter(signer -> signer.info().getSID().equals(signerIdentifier()))
        .anyMatch(
            signer ->
                signer.digest().of(content).equals(signer.messageDigest())
                    && signer.isValid(identity.certificate().getSubjectPublicKeyInfo()));
  }

  /** Throws unless these are signatures. */
  public static void checkReadable(Bytes cms) {
    SignedMessage.parse(cms);
  }

  /**
   * Throws unless existing signatures are valid for a content. Does not check whether their signers
   * are trusted.
   */
  public static void checkExisting(Bytes cms, ContentDigests content) {
    SignedMessage message = SignedMessage.parse(cms);
    for (SignerEntry signer : message.signers()) {
      SignatureFault.require(
          content.of(signer.digest()).equals(signer.messageDigest()),
          "the existing signatures do not match the file");
      X509CertificateHolder certificate = signer.certificate(message.certificates());
      SignatureFault.require(
          signer.isValid(certificate.getSubjectPublicKeyInfo()),
          "the existing signature of %s is invalid".formatted(Names.subject(certificate)));
    }
  }

  /**
   * Signs a content.
   *
   * @param existing signatures of the same content, which are kept
   */
  public Bytes sign(ContentDigests content, Optional<Bytes> existing, Binding binding)
      throws IOException {
    List<SignerInfo> signers = new ArrayList<>();
    List<X509CertificateHolder> certificates = new ArrayList<>();
    if (existing.isPresent()) {
      SignedMessage message = SignedMessage.parse(existing.get());
      for (SignerEntry signer : message.signers()) {
        SignatureFault.require(
            !signer.info().getSID().equals(signerIdentifier()),
            "%s has signed the file already".formatted(identity.subject()));
        signers.add(signer.info());
      }
      certificates.addAll(message.certificates());
    }
    signers.add(signerInfo(content, binding));
    identity.embedded().stream()
        .filter(certificate -> !certificates.contains(certificate))
        .forEach(certificates::add);
    Bytes cms = encode(signers, certificates);
    SignedMessage.parse(cms); // a message that exceeds the limits must not be written to a file
    return cms;
  }

  private SignerIdentifier signerIdentifier() {
    return new SignerIdentifier(
        new IssuerAndSerialNumber(identity.certificate().toASN1Structure()));
  }

  private SignerInfo signerInfo(ContentDigests content, Binding binding) throws IOException {
    AlgorithmIdentifier digestAlgorithm = scheme.digest().identifier();
    AlgorithmIdentifier signatureAlgorithm = scheme.identifier();
    ASN1EncodableVector attributes = new ASN1EncodableVector();
    attributes.add(attribute(CMSAttributes.contentType, CMSObjectIdentifiers.data));
    attributes.add(
        attribute(
            CMSAttributes.messageDigest,
            new DEROctetString(content.of(scheme.digest()).toArray())));
    attributes.add(
        attribute(
            CMSAttributes.cmsAlgorithmProtect,
            new CMSAlgorithmProtection(
                digestAlgorithm, CMSAlgorithmProtection.SIGNATURE, signatureAlgorithm)));
    attributes.add(
        attribute(
            PKCSObjectIdentifiers.id_aa_signingCertificateV2,
            new SigningCertificateV2(
                identity.embedded().stream()
                    .map(one -> new ESSCertIDv2(Digest.SHA256.of(Names.encoded(one))))
                    .toArray(ESSCertIDv2[]::new))));
    attributes.add(attribute(Binding.OID, binding.encode()));
    options
        .signingTime()
        .ifPresent(
            time ->
                attributes.add(attribute(CMSAttributes.signingTime, new Time(Date.from(time)))));
    DERSet signed = new DERSet(attributes);
    byte[] message = signed.getEncoded(ASN1Encoding.DER);
    SubjectPublicKeyInfo key = identity.certificate().getSubjectPublicKeyInfo();
    byte[] signature = EcdsaValue.smaller(key, scheme, identity.key().sign(scheme, message));
    SignatureFault.require(
        Engines.verify(key, scheme, message, signature), "the key produced an invalid signature");
    return new SignerInfo(
        signerIdentifier(),
        digestAlgorithm,
        signed,
        signatureAlgorithm,
        new DEROctetString(signature),
        unsigned(signature));
  }

  private ASN1Set unsigned(byte[] signature) throws IOException {
    if (options.timestamp().isEmpty()) {
      return null;
    }
    return new DERSet(
        attribute(SignerEntry.TIME_STAMP, options.timestamp().get().stamp(scheme, signature)));
  }

  private static Attribute attribute(ASN1ObjectIdentifier type, ASN1Encodable value) {
    return new Attribute(type, new DERSet(value));
  }

  private static Bytes encode(List<SignerInfo> signers, List<X509CertificateHolder> certificates) {
    ASN1EncodableVector digests = new ASN1EncodableVector();
    signers.stream().map(SignerInfo::getDigestAlgorithm).distinct().forEach(digests::add);
    ASN1EncodableVector holders = new ASN1EncodableVector();
    certificates.forEach(certificate -> holders.add(certificate.toASN1Structure()));
    ASN1EncodableVector infos = new ASN1EncodableVector();
    signers.forEach(infos::add);
    SignedData data =
        new SignedData(
            new DERSet(digests),
            new ContentInfo(CMSObjectIdentifiers.data, null),
            new DERSet(holders),
            null,
            new DERSet(infos));
    try {
      return Bytes.wrap(
          new ContentInfo(CMSObjectIdentifiers.signedData, data).getEncoded(ASN1Encoding.DER));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
