package dev.hardwire.sign.algorithm;

import java.io.IOException;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.digests.NullDigest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.engines.RSABlindedEngine;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.signers.MLDSASigner;
import org.bouncycastle.crypto.signers.PSSSigner;
import org.bouncycastle.crypto.signers.RSADigestSigner;
import org.bouncycastle.crypto.util.PublicKeyFactory;

/** Signs and verifies with Bouncy Castle's lightweight engines; no provider is installed. */
public final class Engines {
  private Engines() {}

  private static Signer engine(SignatureScheme scheme) {
    return switch (scheme.kind()) {
      case RSA_PSS -> new PSSSigner(new RSABlindedEngine(), digest(scheme), scheme.saltSize());
      case RSA_PKCS1 -> new RSADigestSigner(digest(scheme));
      case ECDSA ->
          // RFC 6979: the nonce is derived from key and message, so equal inputs give equal
          // signatures
          new DSADigestSigner(
              new ECDSASigner(new HMacDSAKCalculator(digest(scheme))), digest(scheme));
      case ED25519 -> new Ed25519Signer();
      case ML_DSA_65, ML_DSA_87 -> new MLDSASigner();
    };
  }

  private static org.bouncycastle.crypto.Digest digest(SignatureScheme scheme) {
    return switch (scheme.digest()) {
      case SHA256 -> SHA256Digest.newInstance();
      case SHA384 -> new SHA384Digest();
      case SHA512 -> new SHA512Digest();
    };
  }

  public static byte[] sign(AsymmetricKeyParameter key, SignatureScheme scheme, byte[] message) {
    return sign(key, engine(scheme), message);
  }

  public static byte[] signDigest(
      AsymmetricKeyParameter key, SignatureScheme scheme, byte[] digest) {
    Signer signer =
        scheme.kind() == SignatureScheme.Kind.RSA_PKCS1
            ? new RSADigestSigner(new NullDigest(), scheme.digest().oid())
            : new DSADigestSigner(
                new ECDSASigner(new HMacDSAKCalculator(digest(scheme))), new NullDigest());
    return sign(key, signer, digest);
  }

  private static byte[] sign(AsymmetricKeyParameter key, Signer signer, byte[] message) {
    signer.init(true, key);
    signer.update(message, 0, message.length);
    try {
      return signer.generateSignature();
    } catch (CryptoException e) {
      throw new SignatureFault("the key cannot sign: " + e.getMessage(), e);
    }
  }

  /**
   * Whether a signature is valid.
   *
   * @throws SignatureFault if the key is weak or does not fit the scheme
   */
  public static boolean verify(
      SubjectPublicKeyInfo key, SignatureScheme scheme, byte[] message, byte[] signature) {
    KeyKind kind = KeyKind.of(key);
    boolean fits =
        switch (scheme.kind()) {
          case RSA_PSS, RSA_PKCS1 -> kind.family() == KeyKind.Family.RSA;
          case ECDSA -> kind.family() == KeyKind.Family.ECDSA;
          case ED25519 -> kind.family() == KeyKind.Family.ED25519;
          case ML_DSA_65 -> kind.text().equals("ML-DSA-65");
          case ML_DSA_87 -> kind.text().equals("ML-DSA-87");
        };
    SignatureFault.require(
        fits, "a signature by %s with a key for %s".formatted(scheme.text(), kind.text()));
    scheme.requireAllowed(key);
    try {
      Signer verifier = engine(scheme);
      verifier.init(false, PublicKeyFactory.createKey(key));
      verifier.update(message, 0, message.length);
      return verifier.verifySignature(signature);
    } catch (IOException | RuntimeException e) {
      throw new SignatureFault("the key or the signature cannot be used: " + e.getMessage(), e);
    }
  }

  /** Whether the signature of an X.509 structure is valid under {@code key}. */
  public static boolean verify(
      SubjectPublicKeyInfo key, AlgorithmIdentifier algorithm, byte[] signed, byte[] signature) {
    return verify(key, SignatureScheme.of(algorithm, null), signed, signature);
  }
}
