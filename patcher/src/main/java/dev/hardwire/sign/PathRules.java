package dev.hardwire.sign;

import dev.hardwire.sign.algorithm.Engines;
import dev.hardwire.sign.algorithm.KeyKind;
import dev.hardwire.sign.algorithm.Names;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.sign.key.Purpose;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraintValidatorException;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.PKIXNameConstraintValidator;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * The rules for a certification path (RFC 5280 section 6.1), without certificate policies: a
 * critical extension that is not understood makes it invalid.
 */
final class PathRules {
  private static final Set<ASN1ObjectIdentifier> UNDERSTOOD =
      Set.of(
          Extension.basicConstraints,
          Extension.keyUsage,
          Extension.extendedKeyUsage,
          Extension.subjectAlternativeName,
          Extension.nameConstraints,
          Extension.subjectKeyIdentifier,
          Extension.authorityKeyIdentifier);
  private static final int VERSION_3 = 3;

  private final List<X509CertificateHolder> path;
  private final Instant at;
  private final Purpose purpose;

  /**
   * Checks a path whose signatures are valid.
   *
   * @param path the signer's certificate first, the anchor last
   */
  PathRules(List<X509CertificateHolder> path, Instant at, Purpose purpose) {
    this.path = List.copyOf(path);
    this.at = at;
    this.purpose = purpose;
  }

  /** Throws the first fault. */
  void check() {
    try {
      purpose.requireSigner(path.get(0));
      for (int i = 0; i < path.size(); i++) {
        X509CertificateHolder certificate = path.get(i);
        Purpose.requireValid(certificate, at);
        KeyKind.of(certificate.getSubjectPublicKeyInfo());
        extensions(certificate);
        if (i > 0) {
          authority(certificate, i);
        }
      }
      names();
    } catch (IllegalArgumentException | ClassCastException | IllegalStateException e) {
      throw new SignatureFault("a certificate cannot be parsed: " + e.getMessage(), e);
    }
  }

  private static void extensions(X509CertificateHolder certificate) {
    Set<Object> seen = new HashSet<>();
    for (Object oid : certificate.getExtensionOIDs()) {
      SignatureFault.require(seen.add(oid), "an extension is in a certificate twice");
    }
    for (Object oid : certificate.getCriticalExtensionOIDs()) {
      SignatureFault.require(
          oid instanceof ASN1ObjectIdentifier id && UNDERSTOOD.contains(id),
          "%s has a critical extension that is not understood: %s"
              .formatted(Names.subject(certificate), oid));
    }
  }

  /** Below the authority at {@code index} there are {@code index - 1} others. */
  private void authority(X509CertificateHolder certificate, int index) {
    String name = Names.subject(certificate);
    Extension extension = certificate.getExtension(Extension.basicConstraints);
    BasicConstraints constraints =
        extension == null ? null : BasicConstraints.getInstance(extension.getParsedValue());
    SignatureFault.require(
        certificate.getVersionNumber() == VERSION_3 && constraints != null && constraints.isCA(),
        "%s is no certification authority, but has issued %s"
            .formatted(name, Names.subject(path.get(index - 1))));
    KeyUsage usage = Purpose.keyUsage(certificate);
    SignatureFault.require(
        usage == null || usage.hasUsages(KeyUsage.keyCertSign),
        "the key usage of %s does not allow it to issue certificates".formatted(name));
    long below =
        path.subList(1, index).stream()
            .filter(one -> !one.getSubject().equals(one.getIssuer()))
            .count();
    SignatureFault.require(
        constraints.getPathLenConstraint() == null
            || constraints.getPathLenConstraint().longValueExact() >= below,
        "path too long: %s allows fewer authorities below it than %d".formatted(name, below));
    purpose.requireAuthority(certificate);
  }

  private void names() {
    PKIXNameConstraintValidator validator = new PKIXNameConstraintValidator();
    for (int i = path.size() - 1; i >= 0; i--) {
      X509CertificateHolder certificate = path.get(i);
      if (i < path.size() - 1) {
        checkNames(validator, certificate);
      }
      Extension extension = certificate.getExtension(Extension.nameConstraints);
      if (i > 0 && extension != null) {
        NameConstraints constraints = NameConstraints.getInstance(extension.getParsedValue());
        if (constraints.getPermittedSubtrees() != null) {
          validator.intersectPermittedSubtree(constraints.getPermittedSubtrees());
        }
        if (constraints.getExcludedSubtrees() != null) {
          for (GeneralSubtree subtree : constraints.getExcludedSubtrees()) {
            validator.addExcludedSubtree(subtree);
          }
        }
      }
    }
  }

  private static void checkNames(
      PKIXNameConstraintValidator validator, X509CertificateHolder certificate) {
    try {
      validator.checkPermittedDN(certificate.getSubject());
      validator.checkExcludedDN(certificate.getSubject());
      for (GeneralName address : addresses(certificate.getSubject())) {
        validator.checkPermitted(address);
        validator.checkExcluded(address);
      }
      Extension extension = certificate.getExtension(Extension.subjectAlternativeName);
      if (extension != null) {
        for (GeneralName name : GeneralNames.getInstance(extension.getParsedValue()).getNames()) {
          validator.checkPermitted(name);
          validator.checkExcluded(name);
        }
      }
    } catch (NameConstraintValidatorException e) {
      throw new SignatureFault(
          "%s has a name that an authority above it may not certify"
              .formatted(Names.subject(certificate)),
          e);
    }
  }

  /** Mail addresses in a subject, to which constraints apply too (RFC 5280 section 4.2.1.10). */
  private static List<GeneralName> addresses(X500Name subject) {
    return Arrays.stream(subject.getRDNs())
        .flatMap(part -> Arrays.stream(part.getTypesAndValues()))
        .filter(one -> one.getType().equals(PKCSObjectIdentifiers.pkcs_9_at_emailAddress))
        .map(one -> IETFUtils.valueToString(one.getValue()))
        .map(address -> new GeneralName(GeneralName.rfc822Name, address))
        .toList();
  }

  /** Whether {@code issuer} has signed {@code certificate}; false too if its algorithm is weak. */
  static boolean hasSigned(X509CertificateHolder issuer, X509CertificateHolder certificate) {
    Certificate raw = certificate.toASN1Structure();
    SignatureFault.require(
        raw.getSignatureAlgorithm().equals(raw.getTBSCertificate().getSignature()),
        "%s states two different signature algorithms".formatted(Names.subject(certificate)));
    try {
      return Engines.verify(
          issuer.getSubjectPublicKeyInfo(),
          raw.getSignatureAlgorithm(),
          raw.getTBSCertificate().getEncoded(org.bouncycastle.asn1.ASN1Encoding.DER),
          raw.getSignature().getOctets());
    } catch (IOException | IllegalStateException e) {
      throw new SignatureFault("a certificate cannot be encoded: " + e.getMessage(), e);
    }
  }
}
