package dev.hardwire.sign;

import dev.hardwire.sign.algorithm.Names;
import dev.hardwire.sign.key.PemFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * The trust anchors and revocation lists of a verification.
 *
 * <p>With revocation lists, every certificate below an anchor must be covered by one.
 */
public final class TrustStore {
  private final List<X509CertificateHolder> anchors;
  private final List<X509CRLHolder> revocationLists;

  private TrustStore(List<X509CertificateHolder> anchors, List<X509CRLHolder> revocationLists) {
    this.anchors = List.copyOf(anchors);
    this.revocationLists = List.copyOf(revocationLists);
  }

  /** Reads anchors and revocation lists, PEM or DER. */
  public static TrustStore read(List<Path> anchorFiles, List<Path> revocationFiles)
      throws IOException {
    List<X509CertificateHolder> anchors = new ArrayList<>();
    for (Path file : anchorFiles) {
      anchors.addAll(PemFile.certificates(file));
    }
    List<X509CRLHolder> lists = new ArrayList<>();
    for (Path file : revocationFiles) {
      lists.addAll(PemFile.revocationLists(file));
    }
    return new TrustStore(anchors, lists);
  }

  /** The subject and the SHA-256 of each anchor. */
  public List<String> names() {
    return anchors.stream()
        .map(anchor -> Names.subject(anchor) + ", SHA-256 " + Names.fingerprint(anchor))
        .toList();
  }

  List<X509CertificateHolder> anchors() {
    return anchors;
  }

  List<X509CRLHolder> revocationLists() {
    return revocationLists;
  }
}
