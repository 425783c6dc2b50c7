package dev.hardwire.sign;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.sign.algorithm.Names;
import dev.hardwire.sign.algorithm.SignatureFault;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * All signatures of one file. Each has to be verified step by step; an omitted step proves nothing.
 */
public final class SignatureSet {
  private final SignedMessage message;
  private final List<FileSignature> signatures = new ArrayList<>();
  private final ContentDigests digests;
  private final boolean isEmbedded;

  private SignatureSet(SignedMessage message, Bytes content, boolean isEmbedded) {
    this.message = message;
    this.isEmbedded = isEmbedded;
    this.digests = new ContentDigests(content);
    for (SignerEntry signer : message.signers()) {
      signatures.add(new FileSignature(this, signer));
    }
  }

  /**
   * Reads signatures, and the content for its digests.
   *
   * @param cms a ContentInfo of RFC 5652 in DER
   * @param content the signed bytes
   * @param isEmbedded whether the signatures are part of the file; then each has one form only, so
   *     that no byte of the file can be changed
   * @throws SignatureFault if they cannot be read
   */
  public static SignatureSet read(Bytes cms, Bytes content, boolean isEmbedded) {
    SignedMessage message = SignedMessage.parse(cms);
    SignatureFault.require(
        message.contentType().equals(CMSObjectIdentifiers.data),
        "the signature is not for plain data");
    SignatureFault.require(message.content().isEmpty(), "the signature contains its content");
    SignatureSet set = new SignatureSet(message, content, isEmbedded);
    set.digests.prepare(message.signers().stream().map(SignerEntry::digest).toList());
    return set;
  }

  /** In the order of the message; at least one. */
  public List<FileSignature> signatures() {
    return List.copyOf(signatures);
  }

  boolean isEmbedded() {
    return isEmbedded;
  }

  List<X509CertificateHolder> certificates() {
    return message.certificates();
  }

  /** The content's digest, computed once for all signatures. */
  Bytes digest(Digest digest) {
    return digests.of(digest);
  }

  /**
   * Throws if there is a certificate that no signature needs, since a change to it would not be
   * detected. Inside a file, a signer must also state the digest of each: the signature on a
   * certificate may have a second valid form.
   */
  public void requireAllUsed() {
    List<X509CertificateHolder> unused = new ArrayList<>(message.certificates());
    signatures.forEach(signature -> unused.removeAll(signature.usedCertificates()));
    SignatureFault.require(
        unused.isEmpty(),
        () -> "%s belongs to no signature's chain".formatted(Names.subject(unused.get(0))));
    for (X509CertificateHolder one :
        isEmbedded ? message.certificates() : List.<X509CertificateHolder>of()) {
      SignatureFault.require(
          message.signers().stream().anyMatch(signer -> signer.names(one)),
          () -> "no signer states the digest of the certificate of " + Names.subject(one));
    }
  }
}
