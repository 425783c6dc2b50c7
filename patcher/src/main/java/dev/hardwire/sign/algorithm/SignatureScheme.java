package dev.hardwire.sign.algorithm;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSASSAPSSparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * A signature algorithm with its parameters.
 *
 * @param digest the digest inside the scheme; for the pure schemes, the one of the content
 * @param saltSize bytes of salt, RSA-PSS only
 */
public record SignatureScheme(Kind kind, Digest digest, int saltSize) {
  public enum Kind {
    RSA_PSS("RSA-PSS"),
    RSA_PKCS1("RSA PKCS#1"),
    ECDSA("ECDSA"),
    ED25519("Ed25519"),
    ML_DSA_65("ML-DSA-65"),
    ML_DSA_87("ML-DSA-87");

    private final String text;

    Kind(String text) {
      this.text = text;
    }
  }

  private static final BigInteger MAXIMUM_SALT = BigInteger.valueOf(512);
  private static final Map<Digest, ASN1ObjectIdentifier> RSA_WITH =
      Map.of(
          Digest.SHA256, PKCSObjectIdentifiers.sha256WithRSAEncryption,
          Digest.SHA384, PKCSObjectIdentifiers.sha384WithRSAEncryption,
          Digest.SHA512, PKCSObjectIdentifiers.sha512WithRSAEncryption);
  private static final Map<Digest, ASN1ObjectIdentifier> ECDSA_WITH =
      Map.of(
          Digest.SHA256, X9ObjectIdentifiers.ecdsa_with_SHA256,
          Digest.SHA384, X9ObjectIdentifiers.ecdsa_with_SHA384,
          Digest.SHA512, X9ObjectIdentifiers.ecdsa_with_SHA512);

  private static Optional<Digest> digestOf(
      Map<Digest, ASN1ObjectIdentifier> identifiers, ASN1ObjectIdentifier oid) {
    return Arrays.stream(Digest.values())
        .filter(digest -> identifiers.get(digest).equals(oid))
        .findFirst();
  }

  /**
   * The scheme for signing with a key.
   *
   * @throws SignatureFault if a restriction of the key excludes it
   */
  public static SignatureScheme forKey(SubjectPublicKeyInfo key, Digest digest, boolean pkcs1) {
    KeyKind kind = KeyKind.of(key);
    return switch (kind.family()) {
      case RSA -> {
        SignatureScheme scheme =
            pkcs1
                ? new SignatureScheme(Kind.RSA_PKCS1, digest, 0)
                : new SignatureScheme(Kind.RSA_PSS, digest, digest.size());
        scheme.requireAllowed(key);
        yield scheme;
      }
      case ECDSA -> new SignatureScheme(Kind.ECDSA, digest, 0);
      case ED25519 -> new SignatureScheme(Kind.ED25519, digest, 0);
      case ML_DSA ->
          new SignatureScheme(
              kind.text().endsWith("65") ? Kind.ML_DSA_65 : Kind.ML_DSA_87, digest, 0);
    };
  }

  /**
   * Reads a signature algorithm.
   *
   * @param content the digest of the content in CMS, which the scheme must agree with; null for
   *     certificates
   */
  public static SignatureScheme of(AlgorithmIdentifier identifier, Digest content) {
    ASN1ObjectIdentifier oid = identifier.getAlgorithm();
    boolean isNull = DERNull.INSTANCE.equals(identifier.getParameters());
    boolean absent = identifier.getParameters() == null;
    if (oid.equals(PKCSObjectIdentifiers.rsaEncryption) && content != null) {
      SignatureFault.require(isNull || absent, "the signature algorithm has parameters");
      return new SignatureScheme(Kind.RSA_PKCS1, content, 0);
    }
    if (oid.equals(PKCSObjectIdentifiers.id_RSASSA_PSS)) {
      return agreed(pss(identifier), content);
    }
    Optional<Digest> rsa = digestOf(RSA_WITH, oid);
    if (rsa.isPresent()) {
      SignatureFault.require(isNull || absent, "the signature algorithm has parameters");
      return agreed(new SignatureScheme(Kind.RSA_PKCS1, rsa.get(), 0), content);
    }
    Optional<Digest> ecdsa = digestOf(ECDSA_WITH, oid);
    if (ecdsa.isPresent()) {
      SignatureFault.require(absent, "the signature algorithm must have no parameters");
      return agreed(new SignatureScheme(Kind.ECDSA, ecdsa.get(), 0), content);
    }
    Digest digest = content == null ? Digest.SHA512 : content;
    SignatureScheme pure =
        Arrays.stream(Kind.values())
            .map(kind -> new SignatureScheme(kind, digest, 0))
            .filter(scheme -> scheme.isPure() && scheme.oid().equals(oid))
            .findFirst()
            .orElseThrow(
                () ->
                    new SignatureFault(
                        "the signature algorithm %s is weak or not known"
                            .formatted(Names.of(oid))));
    SignatureFault.require(absent, "the signature algorithm must have no parameters");
    pure.requireStrong();
    return pure;
  }

  /** RFC 8419 section 3.1 fixes the content's digest; RFC 9882 section 3.3 sets a minimum. */
  private void requireStrong() {
    SignatureFault.require(
        kind == Kind.ML_DSA_65 ? digest != Digest.SHA256 : digest == Digest.SHA512,
        "%s cannot be used with %s for the content".formatted(kind.text, digest.text()));
  }

  /** The owner of an RSA key may have restricted its use (RFC 4055 section 3.3). */
  void requireAllowed(SubjectPublicKeyInfo key) {
    AlgorithmIdentifier algorithm = key.getAlgorithm();
    if (!algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_RSASSA_PSS)) {
      return;
    }
    SignatureFault.require(kind == Kind.RSA_PSS, "the RSA key is for RSA-PSS only");
    if (algorithm.getParameters() != null) {
      SignatureScheme allowed = pss(algorithm);
      SignatureFault.require(
          digest == allowed.digest && saltSize >= allowed.saltSize,
          "the RSA key is for %s and %d bytes of salt and more only"
              .formatted(allowed.text(), allowed.saltSize));
    }
  }

  private static SignatureScheme agreed(SignatureScheme scheme, Digest content) {
    SignatureFault.require(
        content == null || scheme.digest == content,
        "the digest of the signature is not the digest of the content");
    return scheme;
  }

  static SignatureScheme pss(AlgorithmIdentifier identifier) {
    RSASSAPSSparams parameters;
    try {
      parameters = RSASSAPSSparams.getInstance(identifier.getParameters());
    } catch (IllegalArgumentException e) {
      throw new SignatureFault("the parameters of RSA-PSS cannot be parsed", e);
    }
    SignatureFault.require(parameters != null, "RSA-PSS without parameters means SHA-1");
    Digest digest = Digest.of(parameters.getHashAlgorithm());
    AlgorithmIdentifier mask = parameters.getMaskGenAlgorithm();
    SignatureFault.require(
        mask.getAlgorithm().equals(PKCSObjectIdentifiers.id_mgf1)
            && Digest.of(AlgorithmIdentifier.getInstance(mask.getParameters())) == digest,
        "RSA-PSS must use one digest for the hash and for MGF1");
    BigInteger salt = parameters.getSaltLength();
    SignatureFault.require(
        parameters.getTrailerField().equals(BigInteger.ONE)
            && salt.signum() >= 0
            && salt.compareTo(MAXIMUM_SALT) <= 0,
        "the parameters of RSA-PSS are out of range");
    return new SignatureScheme(Kind.RSA_PSS, digest, salt.intValueExact());
  }

  /** Whether the scheme takes the message itself, not a digest that the identifier names. */
  public boolean isPure() {
    return kind == Kind.ED25519 || kind == Kind.ML_DSA_65 || kind == Kind.ML_DSA_87;
  }

  private ASN1ObjectIdentifier oid() {
    return switch (kind) {
      case RSA_PSS -> PKCSObjectIdentifiers.id_RSASSA_PSS;
      case RSA_PKCS1 -> RSA_WITH.get(digest);
      case ECDSA -> ECDSA_WITH.get(digest);
      case ED25519 -> EdECObjectIdentifiers.id_Ed25519;
      case ML_DSA_65 -> NISTObjectIdentifiers.id_ml_dsa_65;
      case ML_DSA_87 -> NISTObjectIdentifiers.id_ml_dsa_87;
    };
  }

  /** The identifier in CMS (RFC 3370, 4056, 5754, 8419 and 9882). */
  public AlgorithmIdentifier identifier() {
    return switch (kind) {
      case RSA_PKCS1 -> new AlgorithmIdentifier(oid(), DERNull.INSTANCE);
      case RSA_PSS -> {
        AlgorithmIdentifier hash = new AlgorithmIdentifier(digest.oid(), DERNull.INSTANCE);
        yield new AlgorithmIdentifier(
            oid(),
            new RSASSAPSSparams(
                hash,
                new AlgorithmIdentifier(PKCSObjectIdentifiers.id_mgf1, hash),
                new ASN1Integer(saltSize),
                RSASSAPSSparams.DEFAULT_TRAILER_FIELD));
      }
      default -> new AlgorithmIdentifier(oid());
    };
  }

  public String text() {
    return isPure() ? kind.text : kind.text + " with " + digest.text();
  }
}
