package dev.hardwire.sign.key;

import dev.hardwire.sign.algorithm.KeyKind;
import dev.hardwire.sign.algorithm.Names;
import dev.hardwire.sign.algorithm.SignatureFault;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.cert.X509CertificateHolder;

/** A key, its certificate, and the intermediate certificates to be included in signatures. */
public final class Identity {
  private final SigningKey key;
  private final List<X509CertificateHolder> chain;

  private Identity(SigningKey key, List<X509CertificateHolder> chain) {
    this.key = key;
    this.chain = List.copyOf(chain);
  }

  /**
   * Pairs a key with its certificate, the first one.
   *
   * @throws SignatureFault if the key is weak or does not belong to the certificate
   */
  static Identity of(SigningKey key, List<X509CertificateHolder> chain) {
    SignatureFault.require(
        !chain.isEmpty(), "there is no certificate for the key; give its chain by --cert FILE");
    SigningKey.requirePair(key, chain.get(0).getSubjectPublicKeyInfo());
    return new Identity(key, chain);
  }

  /**
   * Throws unless the certificate is for code signing, and valid.
   *
   * @param at the time for which a verifier will check validity; empty if a time stamp will
   *     determine it
   */
  public void requireFit(Optional<Instant> at) {
    try {
      Purpose.CODE_SIGNING.requireSigner(certificate());
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new SignatureFault("an extension of the certificate cannot be parsed", e);
    }
    at.ifPresent(time -> Purpose.requireValid(certificate(), time));
  }

  public SigningKey key() {
    return key;
  }

  public X509CertificateHolder certificate() {
    return chain.get(0);
  }

  /**
   * The certificate and those above it, without self-signed ones, since verifiers have their own
   * anchors.
   */
  public List<X509CertificateHolder> embedded() {
    return chain.stream()
        .filter(one -> one.equals(certificate()) || !one.getSubject().equals(one.getIssuer()))
        .distinct()
        .toList();
  }

  /** The signer's name. */
  public String subject() {
    return Names.subject(certificate());
  }

  /** The kind of key, such as {@code ECDSA P-256}. */
  public String keyKind() {
    return KeyKind.of(certificate().getSubjectPublicKeyInfo()).text();
  }
}
