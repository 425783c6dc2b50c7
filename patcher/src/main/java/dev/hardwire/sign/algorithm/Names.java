package dev.hardwire.sign.algorithm;

import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.X509CertificateHolder;

/** Names of certificates and algorithms for messages. */
public final class Names {
  private static final int LONGEST = 200;
  private static final Map<String, String> WEAK =
      Map.of(
          "1.2.840.113549.2.5", "MD5",
          "1.3.14.3.2.26", "SHA-1",
          "2.16.840.1.101.3.4.2.4", "SHA-224",
          "1.2.840.113549.1.1.4", "RSA with MD5",
          "1.2.840.113549.1.1.5", "RSA with SHA-1",
          "1.2.840.113549.1.1.14", "RSA with SHA-224",
          "1.2.840.10045.4.1", "ECDSA with SHA-1",
          "1.2.840.10045.4.3.1", "ECDSA with SHA-224",
          "2.16.840.1.101.3.4.3.17", "ML-DSA-44",
          "1.2.840.10040.4.1", "DSA");

  private Names() {}

  /** The name of a common algorithm, otherwise its object identifier. */
  static String of(ASN1ObjectIdentifier oid) {
    return WEAK.getOrDefault(oid.getId(), oid.getId());
  }

  /** The subject as RFC 2253 writes it, with every character: for comparing, not for printing. */
  public static String exactSubject(X509CertificateHolder certificate) {
    try {
      return new X500Principal(certificate.getSubject().getEncoded()).getName();
    } catch (IOException | IllegalArgumentException e) {
      throw new SignatureFault("a certificate's subject cannot be parsed", e);
    }
  }

  /**
   * A distinguished name in the form of RFC 2253, without characters that could mislead on a
   * terminal.
   */
  static String of(X500Name name) {
    String text;
    try {
      text = new X500Principal(name.getEncoded()).getName();
    } catch (IOException | IllegalArgumentException e) {
      text = name.toString();
    }
    text = text.replaceAll("\\p{C}", "?");
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }

  public static String subject(X509CertificateHolder certificate) {
    return of(certificate.getSubject());
  }

  /** The digest of a whole certificate, in lower-case hexadecimal digits. */
  public static String fingerprint(X509CertificateHolder certificate) {
    return Bytes.wrap(encoded(certificate)).sha256().hex();
  }

  public static byte[] encoded(X509CertificateHolder certificate) {
    try {
      return certificate.getEncoded();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
