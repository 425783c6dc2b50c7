package dev.hardwire.sign;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.sign.algorithm.KeyKind;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.sign.algorithm.SignatureScheme;
import dev.hardwire.sign.key.Identity;
import dev.hardwire.sign.key.SigningKey;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * The value of {@code security.ima} that the kernel's integrity subsystem and evmctl check: a
 * {@code struct signature_v2_hdr} (security/integrity/integrity.h) and a signature of the file's
 * digest.
 */
public final class ImaSignature {
  /** The extended attribute. */
  public static final String ATTRIBUTE = "security.ima";

  private static final int EVM_IMA_XATTR_DIGSIG = 3;
  private static final int VERSION_2 = 2;
  private static final int KEY_ID_SIZE = 4;

  private ImaSignature() {}

  /**
   * Signs a file.
   *
   * @throws SignatureFault if the kernel does not support keys of this kind
   */
  public static Bytes of(Identity identity, Bytes file) {
    SignatureScheme scheme = scheme(identity);
    Digest digest = scheme.digest();
    byte[] signature = identity.key().signDigest(scheme, digest.of(file).toArray());
    return new ByteWriter(ByteOrder.BIG_ENDIAN)
        .u8(EVM_IMA_XATTR_DIGSIG)
        .u8(VERSION_2)
        .u8(hashNumber(digest))
        .bytes(keyId(identity.certificate()))
        .u16(signature.length)
        .bytes(signature)
        .toBytes();
  }

  /** Throws unless the kernel supports keys of this kind, and the key is in memory. */
  public static void requireFit(Identity identity) {
    scheme(identity);
    SignatureFault.require(
        identity.key() instanceof SigningKey.InMemory,
        "a key in a token cannot make IMA signatures");
  }

  private static SignatureScheme scheme(Identity identity) {
    KeyKind kind = KeyKind.of(identity.certificate().getSubjectPublicKeyInfo());
    SignatureFault.require(
        kind.family() == KeyKind.Family.RSA || kind.family() == KeyKind.Family.ECDSA,
        "IMA signatures need an RSA or ECDSA key, not " + kind.text());
    return SignatureScheme.forKey(
        identity.certificate().getSubjectPublicKeyInfo(), kind.digest(), true);
  }

  /** enum hash_algo, include/uapi/linux/hash_info.h. */
  private static int hashNumber(Digest digest) {
    return switch (digest) {
      case SHA256 -> 4;
      case SHA384 -> 5;
      case SHA512 -> 6;
    };
  }

  /** The last four bytes of the subject key identifier; without one, of the key's SHA-1. */
  private static byte[] keyId(X509CertificateHolder certificate) {
    Extension extension = certificate.getExtension(Extension.subjectKeyIdentifier);
    byte[] whole;
    if (extension != null) {
      whole = ASN1OctetString.getInstance(extension.getParsedValue()).getOctets();
    } else {
      try {
        whole =
            MessageDigest.getInstance("SHA-1") // the key identifier of RFC 5280 section 4.2.1.2
                .digest(certificate.getSubjectPublicKeyInfo().getPublicKeyData().getOctets());
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }
    return Arrays.copyOfRange(whole, whole.length - KEY_ID_SIZE, whole.length);
  }
}
