package dev.hardwire.sign;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.cert.X509CertificateHolder;

/** A key, its certificate, and the certificates above it that go into signatures. */
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
   * @throws SignatureFault if the key is weak or not that certificate's
   */
  static Identity of(SigningKey key, List<X509CertificateHolder> chain) {
    SignatureFault.require(!chain.isEmpty(), "there is no certificate for the key");
    SigningKey.requirePair(key, chain.get(0).getSubjectPublicKeyInfo());
    return new Identity(key, chain);
  }

  /**
   * Throws unless the certificate is one for signing code, and valid.
   *
   * @param at the time that a verifier will look at; empty if a time stamp is to decide that
   */
  public void requireFit(Optional<Instant> at) {
    Purpose.CODE_SIGNING.requireSigner(certificate());
    at.ifPresent(time -> Purpose.requireValid(certificate(), time));
  }

  SigningKey key() {
    return key;
  }

  X509CertificateHolder certificate() {
    return chain.get(0);
  }

  /** The certificate and those above it, without self-signed ones, which nobody trusts for that. */
  List<X509CertificateHolder> embedded() {
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
