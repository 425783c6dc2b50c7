package dev.hardwire.sign.algorithm;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Map;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * The accepted kinds of public keys; weaker ones are rejected.
 *
 * @param text for messages, such as {@code ECDSA P-256}
 * @param digest the default digest of signatures with such a key
 */
public record KeyKind(Family family, String text, Digest digest) {
  public enum Family {
    RSA,
    ECDSA,
    ED25519,
    ML_DSA
  }

  private static final int MINIMUM_RSA = 3072;
  private static final int MAXIMUM_RSA = 16384;
  private static final int MAXIMUM_EXPONENT_BITS = 64;

  private static final Map<ASN1ObjectIdentifier, KeyKind> CURVES =
      Map.of(
          SECObjectIdentifiers.secp256r1,
          new KeyKind(Family.ECDSA, "ECDSA P-256", Digest.SHA256),
          SECObjectIdentifiers.secp384r1,
          new KeyKind(Family.ECDSA, "ECDSA P-384", Digest.SHA384),
          SECObjectIdentifiers.secp521r1,
          new KeyKind(Family.ECDSA, "ECDSA P-521", Digest.SHA512));

  private static final Map<ASN1ObjectIdentifier, KeyKind> PURE =
      Map.of(
          EdECObjectIdentifiers.id_Ed25519,
          new KeyKind(Family.ED25519, "Ed25519", Digest.SHA512),
          NISTObjectIdentifiers.id_ml_dsa_65,
          new KeyKind(Family.ML_DSA, "ML-DSA-65", Digest.SHA512),
          NISTObjectIdentifiers.id_ml_dsa_87,
          new KeyKind(Family.ML_DSA, "ML-DSA-87", Digest.SHA512));

  /**
   * Determines the kind of a key.
   *
   * @throws SignatureFault if it is weak, or of a kind that is not accepted
   */
  public static KeyKind of(SubjectPublicKeyInfo key) {
    AlgorithmIdentifier algorithm = key.getAlgorithm();
    ASN1ObjectIdentifier oid = algorithm.getAlgorithm();
    if (oid.equals(PKCSObjectIdentifiers.rsaEncryption)
        || oid.equals(PKCSObjectIdentifiers.id_RSASSA_PSS)) {
      return rsa(key);
    }
    if (oid.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      KeyKind kind =
          algorithm.getParameters() instanceof ASN1ObjectIdentifier curve
              ? CURVES.get(curve)
              : null;
      SignatureFault.require(
          kind != null, "the key's curve is not one of P-256, P-384 and P-521 by name");
      return kind;
    }
    KeyKind kind = PURE.get(oid);
    SignatureFault.require(
        kind != null, "a key of the kind %s is not accepted".formatted(Names.of(oid)));
    SignatureFault.require(
        algorithm.getParameters() == null, "the key's algorithm must have no parameters");
    return kind;
  }

  private static KeyKind rsa(SubjectPublicKeyInfo key) {
    RSAPublicKey rsa;
    try {
      rsa = RSAPublicKey.getInstance(key.parsePublicKey());
    } catch (IOException | IllegalArgumentException | IllegalStateException e) {
      throw new SignatureFault("the RSA key cannot be parsed", e);
    }
    boolean plain = key.getAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption);
    SignatureFault.require(
        !plain || DERNull.INSTANCE.equals(key.getAlgorithm().getParameters()),
        "the RSA key's algorithm must have the parameter NULL");
    int bits = rsa.getModulus().bitLength();
    SignatureFault.require(
        rsa.getModulus().signum() > 0 && bits >= MINIMUM_RSA,
        "an RSA key of %d bits is too weak; the minimum is %d".formatted(bits, MINIMUM_RSA));
    SignatureFault.require(
        bits <= MAXIMUM_RSA, "an RSA key of %d bits is not accepted".formatted(bits));
    BigInteger exponent = rsa.getPublicExponent();
    SignatureFault.require(
        exponent.bitLength() > 1
            && exponent.bitLength() <= MAXIMUM_EXPONENT_BITS
            && exponent.testBit(0)
            && rsa.getModulus().testBit(0),
        "the RSA key's numbers are out of range");
    boolean restricted = !plain && key.getAlgorithm().getParameters() != null;
    Digest digest = restricted ? SignatureScheme.pss(key.getAlgorithm()).digest() : Digest.SHA256;
    return new KeyKind(Family.RSA, "RSA " + bits, digest);
  }
}
