package dev.hardwire.sign.key;

import dev.hardwire.sign.algorithm.Engines;
import dev.hardwire.sign.algorithm.KeyKind;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.sign.algorithm.SignatureScheme;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;

/** A key for signing: a private key in memory, or one that never leaves its token. */
public interface SigningKey {
  String NO_PAIR =
      "the key does not belong to the certificate (of several, to the first one that is given)";

  /**
   * Signs.
   *
   * @param message the message to sign, not its digest
   */
  byte[] sign(SignatureScheme scheme, byte[] message);

  /**
   * Signs a message of which only the digest is known; RSA PKCS#1 and ECDSA only.
   *
   * @param digest of the message, by the scheme's algorithm
   */
  byte[] signDigest(SignatureScheme scheme, byte[] digest);

  /** A private key in memory. */
  record InMemory(AsymmetricKeyParameter key) implements SigningKey {
    @Override
    public byte[] sign(SignatureScheme scheme, byte[] message) {
      return Engines.sign(key, scheme, message);
    }

    @Override
    public byte[] signDigest(SignatureScheme scheme, byte[] digest) {
      return Engines.signDigest(key, scheme, digest);
    }
  }

  /** Throws unless {@code key} is the private key of {@code publicKey}. */
  static void requirePair(SigningKey key, SubjectPublicKeyInfo publicKey) {
    KeyKind kind = KeyKind.of(publicKey);
    SignatureScheme scheme = SignatureScheme.forKey(publicKey, kind.digest(), false);
    byte[] probe = {'h', 'a', 'r', 'd', 'w', 'i', 'r', 'e'};
    boolean pair;
    try {
      pair = Engines.verify(publicKey, scheme, probe, key.sign(scheme, probe));
    } catch (IllegalArgumentException | ClassCastException | SignatureFault e) {
      throw new SignatureFault(NO_PAIR, e);
    }
    SignatureFault.require(pair, NO_PAIR);
  }
}
