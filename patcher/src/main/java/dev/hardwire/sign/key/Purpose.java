package dev.hardwire.sign.key;

import dev.hardwire.sign.algorithm.Names;
import dev.hardwire.sign.algorithm.SignatureFault;
import java.time.Instant;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;

/** The purpose that a certificate must have (RFC 5280 sections 4.2.1.3 and 4.2.1.12). */
public enum Purpose {
  CODE_SIGNING("code signing"),
  TIME_STAMPING("time stamping");

  private final String text;

  Purpose(String text) {
    this.text = text;
  }

  private KeyPurposeId id() {
    return this == CODE_SIGNING ? KeyPurposeId.id_kp_codeSigning : KeyPurposeId.id_kp_timeStamping;
  }

  /** Throws unless a signer's certificate has this purpose. */
  public void requireSigner(X509CertificateHolder certificate) {
    String name = Names.subject(certificate);
    Extension extension = certificate.getExtension(Extension.extendedKeyUsage);
    ExtendedKeyUsage usage =
        extension == null ? null : ExtendedKeyUsage.getInstance(extension.getParsedValue());
    SignatureFault.require(
        usage != null && usage.hasKeyPurposeId(id()),
        "wrong purpose: %s is not a certificate for %s".formatted(name, text));
    SignatureFault.require(
        this != TIME_STAMPING || (extension.isCritical() && usage.size() == 1),
        "wrong purpose: %s is not for time stamping alone (RFC 3161 section 2.3)".formatted(name));
    KeyUsage keyUsage = keyUsage(certificate);
    SignatureFault.require(
        keyUsage == null
            || keyUsage.hasUsages(KeyUsage.digitalSignature)
            || keyUsage.hasUsages(KeyUsage.nonRepudiation),
        "wrong purpose: the key usage of %s does not allow signatures".formatted(name));
  }

  /** Throws if an authority is restricted to other purposes. */
  public void requireAuthority(X509CertificateHolder certificate) {
    Extension extension = certificate.getExtension(Extension.extendedKeyUsage);
    if (extension != null) {
      ExtendedKeyUsage usage = ExtendedKeyUsage.getInstance(extension.getParsedValue());
      SignatureFault.require(
          usage.hasKeyPurposeId(id()) || usage.hasKeyPurposeId(KeyPurposeId.anyExtendedKeyUsage),
          "wrong purpose: %s may not issue certificates for %s"
              .formatted(Names.subject(certificate), text));
    }
  }

  public static KeyUsage keyUsage(X509CertificateHolder certificate) {
    Extension extension = certificate.getExtension(Extension.keyUsage);
    return extension == null ? null : KeyUsage.getInstance(extension.getParsedValue());
  }

  /** Throws unless a certificate is valid at a time. */
  public static void requireValid(X509CertificateHolder certificate, Instant at) {
    Instant from = certificate.getNotBefore().toInstant();
    Instant until = certificate.getNotAfter().toInstant();
    SignatureFault.require(
        !at.isBefore(from),
        "not yet valid: %s is valid from %s, checked for %s"
            .formatted(Names.subject(certificate), from, at));
    SignatureFault.require(
        !at.isAfter(until),
        "expired: %s was valid until %s, checked for %s"
            .formatted(Names.subject(certificate), until, at));
  }
}
