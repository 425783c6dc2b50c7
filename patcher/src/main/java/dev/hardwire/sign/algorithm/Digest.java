package dev.hardwire.sign.algorithm;

import dev.hardwire.bytes.Bytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/** The digests that may be signed (FIPS 180-4); weaker ones are refused. */
public enum Digest {
  SHA256("SHA-256", 32, "2.16.840.1.101.3.4.2.1"),
  SHA384("SHA-384", 48, "2.16.840.1.101.3.4.2.2"),
  SHA512("SHA-512", 64, "2.16.840.1.101.3.4.2.3");

  private final String text;
  private final int size;
  private final String oid;

  Digest(String text, int size, String oid) {
    this.text = text;
    this.size = size;
    this.oid = oid;
  }

  /** The name, such as {@code SHA-256}; the JDK's too. */
  public String text() {
    return text;
  }

  /** Bytes of a digest. */
  public int size() {
    return size;
  }

  public ASN1ObjectIdentifier oid() {
    return new ASN1ObjectIdentifier(oid);
  }

  public static Optional<Digest> of(ASN1ObjectIdentifier oid) {
    return Arrays.stream(values()).filter(digest -> digest.oid.equals(oid.getId())).findFirst();
  }

  /** Reads an identifier whose parameters are absent or NULL (RFC 5754 section 2). */
  public static Digest of(AlgorithmIdentifier identifier) {
    Digest digest =
        of(identifier.getAlgorithm())
            .orElseThrow(
                () ->
                    new SignatureFault(
                        "the digest %s is not one of SHA-256, SHA-384 and SHA-512"
                            .formatted(Names.of(identifier.getAlgorithm()))));
    SignatureFault.require(
        identifier.getParameters() == null || DERNull.INSTANCE.equals(identifier.getParameters()),
        "the digest algorithm has parameters");
    return digest;
  }

  /** The identifier without parameters, as RFC 5754 asks of new signatures. */
  public AlgorithmIdentifier identifier() {
    return new AlgorithmIdentifier(oid());
  }

  public MessageDigest start() {
    try {
      return MessageDigest.getInstance(text);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no " + text, e);
    }
  }

  public Bytes of(Bytes content) {
    MessageDigest digest = start();
    content.update(digest);
    return Bytes.wrap(digest.digest());
  }

  public byte[] of(byte[] content) {
    return start().digest(content);
  }

  /** As the command line names it: {@code sha256}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
