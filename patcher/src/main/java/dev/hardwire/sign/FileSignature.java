package dev.hardwire.sign;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.sign.algorithm.EcdsaValue;
import dev.hardwire.sign.algorithm.KeyKind;
import dev.hardwire.sign.algorithm.Names;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.sign.key.Purpose;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bouncycastle.cert.X509CertificateHolder;

/** One signature of a file, and the steps of its verification. */
public final class FileSignature {
  /** How far the clock of a signer or a time-stamping authority may be ahead. */
  public static final Duration CLOCK_DIFFERENCE = Duration.ofMinutes(5);

  private final SignatureSet set;
  private final SignerEntry signer;
  private final List<X509CertificateHolder> used = new ArrayList<>();
  private Optional<TimeStamp> stamp = Optional.empty();

  FileSignature(SignatureSet set, SignerEntry signer) {
    this.set = set;
    this.signer = signer;
  }

  private X509CertificateHolder certificate() {
    return signer.certificate(set.certificates());
  }

  /** The signer's name, which is trustworthy only after {@link #checkChain}. */
  public String subject() {
    return SignatureFault.guard(() -> Names.subject(certificate()));
  }

  /** SHA-256 of the signer's certificate. */
  public String fingerprint() {
    return Names.fingerprint(certificate());
  }

  /** SHA-256 of the signer's public key, independent of its certificates. */
  public Bytes key() {
    try {
      return Bytes.wrap(certificate().getSubjectPublicKeyInfo().getEncoded()).sha256();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The algorithms, such as {@code ECDSA P-256 with SHA-256}. */
  public String algorithm() {
    String key = KeyKind.of(certificate().getSubjectPublicKeyInfo()).text();
    return signer.scheme().isPure()
        ? key
        : signer.scheme().text() + ", " + key.replaceFirst("^ECDSA ", "");
  }

  /** Checks the content's digest. */
  public String checkContent() {
    return SignatureFault.guard(() -> content());
  }

  private String content() {
    Digest digest = signer.digest();
    SignatureFault.require(
        set.digest(digest).equals(signer.messageDigest()),
        "the file is not what was signed: its %s is %s"
            .formatted(digest.text(), set.digest(digest).hex()));
    return "the file has the %s that was signed".formatted(digest.text());
  }

  /** Checks the signature itself with the signer's key. */
  public String checkValue() {
    return SignatureFault.guard(() -> value());
  }

  private String value() {
    X509CertificateHolder certificate = certificate();
    SignatureFault.require(
        signer.isValid(certificate.getSubjectPublicKeyInfo()),
        "the signature was not made with the key of " + Names.subject(certificate));
    if (set.isEmbedded()) {
      EcdsaValue.requireSmaller(
          certificate.getSubjectPublicKeyInfo(), signer.scheme(), signer.signature());
    }
    return "%s, by %s, certificate SHA-256 %s"
        .formatted(Names.subject(certificate), algorithm(), fingerprint());
  }

  /** Whether there is a time stamp, verified or not. */
  public boolean isStamped() {
    return signer.timeStamp().isPresent();
  }

  /** Checks the time stamp, which then decides when the certificates had to be valid. */
  public String checkTimeStamp(TrustStore trust, Instant now) {
    return SignatureFault.guard(() -> stampedBy(trust, now));
  }

  private String stampedBy(TrustStore trust, Instant now) {
    TimeStamp verified =
        TimeStamp.verify(
            signer.timeStamp().orElseThrow(), signer.signature(), trust, set.isEmbedded());
    SignatureFault.require(
        !verified.time().isAfter(now.plus(CLOCK_DIFFERENCE)),
        () -> "the time stamp is from the future: " + verified.time());
    stamp = Optional.of(verified);
    return "signed before %s, according to %s".formatted(verified.time(), verified.authority());
  }

  /**
   * Checks the chain up to an anchor, at the time of the verified time stamp, or now. A time that
   * only the signer states must be consistent with it, and proves nothing.
   */
  public String checkChain(TrustStore trust, Instant now) {
    return SignatureFault.guard(() -> chain(trust, now));
  }

  private String chain(TrustStore trust, Instant now) {
    X509CertificateHolder certificate = certificate();
    Instant at = stamp.map(TimeStamp::time).orElse(now);
    Optional<Instant> stated = signer.statedTime();
    if (stated.isPresent()) {
      SignatureFault.require(
          !stated.get().isAfter(at.plus(CLOCK_DIFFERENCE)),
          "the signer states a time of signing that is later than %s: %s"
              .formatted(at, stated.get()));
      Purpose.requireValid(certificate, stated.get());
    }
    List<X509CertificateHolder> path =
        new PathBuilder(trust, set.certificates(), at, Purpose.CODE_SIGNING).build(certificate);
    used.addAll(path);
    return "%s; valid %s"
        .formatted(
            path.stream().map(Names::subject).collect(Collectors.joining(" <- ")),
            stamp.isPresent() ? "at the time of the stamp" : "now");
  }

  /** The signer's statement about the patches, if any. */
  public Optional<Binding> binding() {
    return SignatureFault.guard(signer::binding);
  }

  /** The time of the verified time stamp, otherwise the time stated by the signer. */
  public Optional<Instant> time() {
    return SignatureFault.guard(() -> stamp.map(TimeStamp::time).or(signer::statedTime));
  }

  /**
   * Whether a requirement names the signer: a complete subject as printed in reports, or the
   * SHA-256 of its certificate in hexadecimal digits with or without colons.
   */
  public boolean isBy(String required) {
    return required.equals(Names.exactSubject(certificate()))
        || required.replace(":", "").equalsIgnoreCase(fingerprint());
  }

  /** The subjects of its verified chain, the signer first; empty before {@link #checkChain}. */
  public List<String> chain() {
    return used.stream().map(Names::subject).toList();
  }

  /** The certificates of its verified chain. */
  List<X509CertificateHolder> usedCertificates() {
    return List.copyOf(used);
  }
}
