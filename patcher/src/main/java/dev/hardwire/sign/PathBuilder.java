package dev.hardwire.sign;

import dev.hardwire.sign.algorithm.Names;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.sign.key.Purpose;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * Finds a certification path from a signer's certificate to a trust anchor, among certificates that
 * an attacker may have chosen: the work is bounded.
 */
final class PathBuilder {
  private static final int LONGEST = 10;
  private static final int MAXIMUM_TRIES = 200;

  private final TrustStore trust;
  private final List<X509CertificateHolder> pool;
  private final Instant at;
  private final Purpose purpose;
  private int tries;
  private SignatureFault fault;
  private int faultDepth = -1;

  /**
   * Prepares a search.
   *
   * @param pool the certificates that came with the signature
   */
  PathBuilder(TrustStore trust, List<X509CertificateHolder> pool, Instant at, Purpose purpose) {
    this.trust = trust;
    this.pool = pool;
    this.at = at;
    this.purpose = purpose;
  }

  /**
   * A valid path: the signer's certificate first, the anchor last.
   *
   * @throws SignatureFault with the fault of the path that came furthest
   */
  List<X509CertificateHolder> build(X509CertificateHolder signer) {
    List<X509CertificateHolder> path = extend(List.of(signer));
    if (path == null) {
      throw fault;
    }
    return path;
  }

  private List<X509CertificateHolder> extend(List<X509CertificateHolder> path) {
    X509CertificateHolder last = path.get(path.size() - 1);
    if (trust.anchors().contains(last)) {
      return accept(path) ? path : null;
    }
    if (path.size() > LONGEST) {
      failed(path, "path too long: there are more than %d certificates".formatted(LONGEST));
      return null;
    }
    boolean anchored = false;
    for (X509CertificateHolder anchor : trust.anchors()) {
      if (issued(anchor, last, path)) {
        anchored = true;
        List<X509CertificateHolder> whole = append(path, anchor);
        if (accept(whole)) {
          return whole;
        }
      }
    }
    for (X509CertificateHolder candidate : anchored ? List.<X509CertificateHolder>of() : pool) {
      if (!trust.anchors().contains(candidate) && candidate.getSubject().equals(last.getIssuer())) {
        if (path.contains(candidate)) {
          failed(path, loopOrSelfSigned(path, candidate));
        } else if (issued(candidate, last, path)) {
          List<X509CertificateHolder> found = extend(append(path, candidate));
          if (found != null) {
            return found;
          }
        }
      }
    }
    failed(
        path,
        "not trusted: no anchor and no certificate in the signature has issued %s"
            .formatted(Names.subject(last)));
    return null;
  }

  private static String loopOrSelfSigned(
      List<X509CertificateHolder> path, X509CertificateHolder candidate) {
    return candidate.equals(path.get(path.size() - 1))
        ? "not trusted: %s is self-signed and no anchor".formatted(Names.subject(candidate))
        : "loop: %s is its own indirect issuer".formatted(Names.subject(candidate));
  }

  private static List<X509CertificateHolder> append(
      List<X509CertificateHolder> path, X509CertificateHolder next) {
    List<X509CertificateHolder> longer = new ArrayList<>(path);
    longer.add(next);
    return longer;
  }

  private boolean issued(
      X509CertificateHolder issuer,
      X509CertificateHolder certificate,
      List<X509CertificateHolder> path) {
    if (!issuer.getSubject().equals(certificate.getIssuer())) {
      return false;
    }
    if (++tries > MAXIMUM_TRIES) {
      throw new SignatureFault("the certificates make more than 200 possible steps of a chain");
    }
    try {
      if (PathRules.hasSigned(issuer, certificate)) {
        return true;
      }
      failed(
          path,
          "%s is not signed by %s, its issuer by name"
              .formatted(Names.subject(certificate), Names.subject(issuer)));
    } catch (SignatureFault e) {
      failed(path, e.getMessage());
    }
    return false;
  }

  private boolean accept(List<X509CertificateHolder> path) {
    try {
      new PathRules(path, at, purpose).check();
      new Revocation(trust.revocationLists(), at).check(path);
      return true;
    } catch (SignatureFault e) {
      failed(path, e.getMessage());
      return false;
    }
  }

  /** Keeps the fault of the longest path; of equally long ones, the first. */
  private void failed(List<X509CertificateHolder> path, String message) {
    if (path.size() > faultDepth) {
      faultDepth = path.size();
      fault = new SignatureFault(message);
    }
  }
}
