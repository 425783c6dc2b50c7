package dev.hardwire.sign.algorithm;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.crypto.util.PublicKeyFactory;

/**
 * The two numbers r and s of an ECDSA signature. If (r, s) is valid, (r, n - s) is valid too, where
 * n is the order of the curve (SEC 1, section 4.1): anyone can make the other one without the key.
 * Of the two, Hardwire writes the one with the smaller s, and accepts no other inside a file.
 */
public final class EcdsaValue {
  private EcdsaValue() {}

  private static BigInteger order(SubjectPublicKeyInfo key) throws IOException {
    return ((ECPublicKeyParameters) PublicKeyFactory.createKey(key)).getParameters().getN();
  }

  /** The same signature with the smaller s; a signature of another scheme as it is. */
  public static byte[] smaller(SubjectPublicKeyInfo key, SignatureScheme scheme, byte[] signature) {
    if (scheme.kind() != SignatureScheme.Kind.ECDSA) {
      return signature.clone();
    }
    try {
      BigInteger order = order(key);
      BigInteger[] numbers = StandardDSAEncoding.INSTANCE.decode(order, signature);
      BigInteger other = order.subtract(numbers[1]);
      return StandardDSAEncoding.INSTANCE.encode(order, numbers[0], numbers[1].min(other));
    } catch (IOException | RuntimeException e) {
      throw new SignatureFault("the key or the signature cannot be used: " + e.getMessage(), e);
    }
  }

  /**
   * Checks that a signature is the one of two that is accepted inside a file.
   *
   * @throws SignatureFault if it is not, or is no DER encoding of two numbers below the order
   */
  public static void requireSmaller(
      SubjectPublicKeyInfo key, SignatureScheme scheme, byte[] signature) {
    SignatureFault.require(
        Arrays.equals(signature, smaller(key, scheme, signature)),
        "of the two values of the ECDSA signature it is not the one with the smaller s");
  }
}
