package dev.hardwire.sign;

import dev.hardwire.testing.Programs;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.jce.spec.ECNamedCurveGenParameterSpec;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Makes certificates, good ones unless told otherwise. */
final class TestCertificate {
  static final Provider PROVIDER = new BouncyCastleProvider();

  /** A key with its certificate. */
  record Holder(KeyPair keys, X509CertificateHolder certificate) {}

  private final String subject;
  private String keyKind = "P-256";
  private KeyPair keys;
  private Holder issuer;
  private String signature;
  private Instant from = Instant.now().minus(Duration.ofDays(1));
  private Instant until = Instant.now().plus(Duration.ofDays(365));
  private KeyPurposeId purpose = KeyPurposeId.id_kp_codeSigning;
  private int usage = KeyUsage.digitalSignature;
  private Integer pathLength;
  private Extension extra;

  private TestCertificate(String subject) {
    this.subject = subject;
  }

  /** A certificate for signing code. */
  static TestCertificate signer(String name) {
    return new TestCertificate("CN=" + name);
  }

  /** A certification authority. */
  static TestCertificate authority(String name) {
    TestCertificate authority = new TestCertificate("CN=" + name);
    authority.purpose = null;
    authority.usage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
    authority.pathLength = Integer.MAX_VALUE;
    return authority;
  }

  static Holder root() {
    return authority("Root").make();
  }

  TestCertificate key(String kind) {
    keyKind = kind;
    return this;
  }

  TestCertificate keys(KeyPair pair) {
    keys = pair;
    return this;
  }

  TestCertificate by(Holder authority) {
    issuer = authority;
    return this;
  }

  TestCertificate signature(String algorithm) {
    signature = algorithm;
    return this;
  }

  TestCertificate valid(Instant start, Instant end) {
    from = start;
    until = end;
    return this;
  }

  TestCertificate purpose(KeyPurposeId only) {
    purpose = only;
    return this;
  }

  TestCertificate usage(int bits) {
    usage = bits;
    return this;
  }

  TestCertificate pathLength(int length) {
    pathLength = length;
    return this;
  }

  TestCertificate extension(Extension extension) {
    extra = extension;
    return this;
  }

  static KeyPair generate(String kind) {
    try {
      if (kind.startsWith("RSA-")) {
        return rsa(kind);
      }
      String algorithm = kind.startsWith("P-") ? "EC" : kind;
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm, PROVIDER);
      if (algorithm.equals("EC")) {
        generator.initialize(new ECNamedCurveGenParameterSpec(kind));
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** By openssl, which finds primes in a hundredth of the time. */
  private static KeyPair rsa(String kind) throws GeneralSecurityException {
    String pem = Programs.output("openssl", "genpkey", OpensslKeys.generation(kind));
    byte[] pkcs8 = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    KeyFactory factory = KeyFactory.getInstance("RSA", PROVIDER);
    var secret = (RSAPrivateCrtKey) factory.generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    var open = new RSAPublicKeySpec(secret.getModulus(), secret.getPublicExponent());
    return new KeyPair(factory.generatePublic(open), secret);
  }

  static ContentSigner contentSigner(KeyPair keys, String algorithm) {
    String byDefault =
        switch (keys.getPrivate().getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC", "ECDSA" -> "SHA256withECDSA";
          default -> keys.getPrivate().getAlgorithm();
        };
    try {
      return new JcaContentSignerBuilder(algorithm == null ? byDefault : algorithm)
          .setProvider(PROVIDER)
          .build(keys.getPrivate());
    } catch (org.bouncycastle.operator.OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  Holder make() {
    KeyPair own = keys == null ? generate(keyKind) : keys;
    X500Name name = new X500Name(subject);
    X509v3CertificateBuilder builder =
        new X509v3CertificateBuilder(
            issuer == null ? name : issuer.certificate().getSubject(),
            new BigInteger(64, new SecureRandom()).setBit(63),
            Date.from(from),
            Date.from(until),
            name,
            SubjectPublicKeyInfo.getInstance(own.getPublic().getEncoded()));
    try {
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
      if (purpose != null) {
        builder.addExtension(
            Extension.extendedKeyUsage,
            purpose.equals(KeyPurposeId.id_kp_timeStamping),
            new ExtendedKeyUsage(purpose));
      }
      if (pathLength != null) {
        builder.addExtension(
            Extension.basicConstraints,
            true,
            pathLength == Integer.MAX_VALUE
                ? new BasicConstraints(true)
                : new BasicConstraints(pathLength));
      }
      if (extra != null) {
        builder.addExtension(extra);
      }
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
    KeyPair signing = issuer == null ? own : issuer.keys();
    return new Holder(own, builder.build(contentSigner(signing, signature)));
  }
}
