package dev.hardwire.sign;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.sign.algorithm.EcdsaValue;
import dev.hardwire.sign.algorithm.Names;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.sign.key.Purpose;
import java.io.IOException;
import java.text.ParseException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.tsp.TSTInfo;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * A verified time stamp over a signature (RFC 3161).
 *
 * @param time when the authority saw the signature
 * @param authority its name
 */
record TimeStamp(Instant time, String authority) {
  /**
   * Verifies a token.
   *
   * @param signature the stamped signature
   * @param isEmbedded whether the token is part of a file, and its signature has one form only
   * @throws SignatureFault if the token is not one for this signature, or its authority is not
   *     trusted
   */
  static TimeStamp verify(
      ASN1Encodable token, byte[] signature, TrustStore trust, boolean isEmbedded) {
    return verify(token, signature, Optional.of(trust), isEmbedded);
  }

  /**
   * Throws if a token is not one for a signature. Does not check whether its authority is trusted.
   */
  static void requireIntact(ASN1Encodable token, byte[] signature) {
    verify(token, signature, Optional.empty(), true);
  }

  /** The same token; an ECDSA signature gets the form that is accepted inside a file. */
  static ASN1Primitive inOneForm(ASN1Primitive token) throws IOException {
    SignedMessage message = SignedMessage.parse(Bytes.wrap(token.getEncoded(ASN1Encoding.DER)));
    SignerEntry signer = message.signers().get(0);
    byte[] value =
        EcdsaValue.smaller(
            signer.certificate(message.certificates()).getSubjectPublicKeyInfo(),
            signer.scheme(),
            signer.signature());
    return message.withSignature(value);
  }

  private static TimeStamp verify(
      ASN1Encodable token, byte[] signature, Optional<TrustStore> trust, boolean isEmbedded) {
    try {
      SignedMessage message =
          SignedMessage.parse(Bytes.wrap(token.toASN1Primitive().getEncoded(ASN1Encoding.DER)));
      SignatureFault.require(
          message.contentType().equals(PKCSObjectIdentifiers.id_ct_TSTInfo)
              && message.content().isPresent()
              && message.signers().size() == 1,
          "the time stamp is not a time-stamp token");
      byte[] content = message.content().get();
      TSTInfo info = TSTInfo.getInstance(content);
      SignatureFault.require(
          Arrays.equals(info.getEncoded(ASN1Encoding.DER), content),
          "the time stamp's encoding is not DER");
      requireUnderstood(info);
      Digest digest = Digest.of(info.getMessageImprint().getHashAlgorithm());
      SignatureFault.require(
          Arrays.equals(info.getMessageImprint().getHashedMessage(), digest.of(signature)),
          "the time stamp is for another signature");
      SignerEntry signer = message.signers().get(0);
      SignatureFault.require(
          signer.timeStamp().isEmpty(), "the time stamp is stamped itself, which is not supported");
      SignatureFault.require(
          signer.namesCertificate(),
          "it does not name its certificate by a strong digest (RFC 5816 section 2.2.1)");
      X509CertificateHolder certificate = signer.certificate(message.certificates());
      Instant time = info.getGenTime().getDate().toInstant();
      requireIntact(signer, certificate, content);
      if (isEmbedded) {
        EcdsaValue.requireSmaller(
            certificate.getSubjectPublicKeyInfo(), signer.scheme(), signer.signature());
      }
      if (trust.isPresent()) {
        List<X509CertificateHolder> path =
            new PathBuilder(trust.get(), message.certificates(), time, Purpose.TIME_STAMPING)
                .build(certificate);
        SignatureFault.require(
            path.containsAll(message.certificates()),
            "it contains a certificate that is not part of its chain");
      }
      return new TimeStamp(time, Names.subject(certificate));
    } catch (SignatureFault e) {
      throw new SignatureFault("time stamp: " + e.getMessage(), e);
    } catch (IOException | ParseException | RuntimeException e) {
      throw new SignatureFault("the time stamp cannot be parsed: " + e.getMessage(), e);
    }
  }

  private static void requireUnderstood(TSTInfo info) {
    SignatureFault.require(info.getVersion().hasValue(1), "its version is not known");
    Extensions extensions = info.getExtensions();
    SignatureFault.require(
        extensions == null || extensions.getCriticalExtensionOIDs().length == 0,
        "it has a critical extension that is not understood");
  }

  private static void requireIntact(
      SignerEntry signer, X509CertificateHolder certificate, byte[] content) {
    SignatureFault.require(
        signer.digest().of(Bytes.wrap(content)).equals(signer.messageDigest()),
        "its content is not what was signed");
    SignatureFault.require(
        signer.isValid(certificate.getSubjectPublicKeyInfo()), "its signature is invalid");
  }
}
