package dev.hardwire.sign;

import dev.hardwire.sign.algorithm.Engines;
import dev.hardwire.sign.algorithm.Names;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.sign.key.Purpose;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Enumerated;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.CertificateList;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CRLEntryHolder;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * Looks certificates up in revocation lists (RFC 5280 section 6.3): only complete lists signed by
 * the issuer of the certificate are used. Without any list, revocation is not checked.
 */
final class Revocation {
  private final List<X509CRLHolder> lists;
  private final Instant at;

  Revocation(List<X509CRLHolder> lists, Instant at) {
    this.lists = lists;
    this.at = at;
  }

  /** Throws unless no certificate below the anchor is revoked. */
  void check(List<X509CertificateHolder> path) {
    for (int i = 0; !lists.isEmpty() && i < path.size() - 1; i++) {
      check(path.get(i), path.get(i + 1));
    }
  }

  private void check(X509CertificateHolder certificate, X509CertificateHolder issuer) {
    String name = Names.subject(certificate);
    String lacking = "there is no revocation list of %s".formatted(Names.subject(issuer));
    boolean covered = false;
    for (X509CRLHolder list : lists) {
      if (list.getIssuer().equals(issuer.getSubject())) {
        if (!isSigned(list, issuer)) {
          lacking = "a revocation list is not signed by %s".formatted(Names.subject(issuer));
          continue;
        }
        SignatureFault.require(
            list.getCriticalExtensionOIDs().isEmpty(),
            "the revocation list of %s has critical extensions, which are not understood"
                .formatted(Names.subject(issuer)));
        revoked(list, certificate.getSerialNumber(), name);
        covered |= isCurrent(list);
        lacking = "the revocation list of %s ".formatted(Names.subject(issuer)) + period(list);
      }
    }
    SignatureFault.require(covered, "revocation unknown of %s: %s".formatted(name, lacking));
  }

  /** A list is usable if it covers the time to be checked. */
  private boolean isCurrent(X509CRLHolder list) {
    return list.getNextUpdate() != null && !at.isAfter(list.getNextUpdate().toInstant());
  }

  private static String period(X509CRLHolder list) {
    return list.getNextUpdate() == null
        ? "does not state the end of its validity"
        : "has expired: it was valid until " + list.getNextUpdate().toInstant();
  }

  private void revoked(X509CRLHolder list, BigInteger serial, String name) {
    X509CRLEntryHolder entry = list.getRevokedCertificate(serial);
    if (entry == null) {
      return;
    }
    SignatureFault.require(
        entry.getCriticalExtensionOIDs().isEmpty(),
        "the revocation list's entry for %s has critical extensions, which are not understood"
            .formatted(name));
    Extension extension = entry.getExtension(Extension.reasonCode);
    int reason =
        extension == null
            ? CRLReason.unspecified
            : ASN1Enumerated.getInstance(extension.getParsedValue()).intValueExact();
    if (reason == CRLReason.removeFromCRL) {
      return;
    }
    Instant since = entry.getRevocationDate().toInstant();
    // A stolen key may have signed, and backdated, anything, so its time of revocation is ignored.
    boolean stolen = reason == CRLReason.keyCompromise || reason == CRLReason.cACompromise;
    SignatureFault.require(
        !stolen && at.isBefore(since),
        "revoked: %s is revoked since %s%s"
            .formatted(name, since, stolen ? ", its key is compromised" : ""));
  }

  private static boolean isSigned(X509CRLHolder list, X509CertificateHolder issuer) {
    CertificateList raw = list.toASN1Structure();
    KeyUsage usage = Purpose.keyUsage(issuer);
    SignatureFault.require(
        usage == null || usage.hasUsages(KeyUsage.cRLSign),
        "the key usage of %s does not allow revocation lists".formatted(Names.subject(issuer)));
    try {
      return raw.getSignatureAlgorithm().equals(raw.getTBSCertList().getSignature())
          && Engines.verify(
              issuer.getSubjectPublicKeyInfo(),
              raw.getSignatureAlgorithm(),
              raw.getTBSCertList().getEncoded(ASN1Encoding.DER),
              raw.getSignature().getOctets());
    } catch (IOException | IllegalStateException e) {
      throw new SignatureFault("a revocation list cannot be encoded: " + e.getMessage(), e);
    }
  }
}
