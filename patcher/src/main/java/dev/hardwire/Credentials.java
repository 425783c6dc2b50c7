package dev.hardwire;

import dev.hardwire.sign.CmsSigner;
import dev.hardwire.sign.TimeStampAuthority;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.sign.key.Identity;
import dev.hardwire.sign.key.KeyReader;
import dev.hardwire.sign.key.KeyRequest;
import dev.hardwire.work.FileSigner;
import dev.hardwire.work.Signing;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A key that signs, and how it signs: CMS SignedData (RFC 5652). Immutable: each setter returns a
 * new value.
 */
public final class Credentials {
  private final KeyRequest request;
  private final CmsSigner.Options options;
  private final Signing.Further further;

  /** The key, where the caller holds it; the request says where else it is. */
  private final Optional<Identity> held;

  private Credentials(
      KeyRequest request,
      CmsSigner.Options options,
      Signing.Further further,
      Optional<Identity> held) {
    this.request = request;
    this.options = options;
    this.further = further;
    this.held = held;
  }

  private Credentials(String key, Optional<Path> module, Optional<Identity> held) {
    this(
        new KeyRequest(key, List.of(), Optional.empty(), module, () -> null),
        new CmsSigner.Options(Optional.empty(), false, Optional.empty(), Optional.empty()),
        Signing.Further.NONE,
        held);
  }

  private Credentials with(
      List<Path> certificates, Optional<String> alias, Supplier<char[]> password) {
    return new Credentials(
        new KeyRequest(request.key(), certificates, alias, request.module(), password),
        options,
        further,
        held);
  }

  private Credentials with(CmsSigner.Options newOptions) {
    return new Credentials(request, newOptions, further, held);
  }

  private Credentials with(Signing.Further newFurther) {
    return new Credentials(request, options, newFurther, held);
  }

  /**
   * A key in a file.
   *
   * @param file PEM (PKCS#8, PKCS#1 or SEC 1), PKCS#12 or JKS
   * @return credentials without a password
   */
  public static Credentials of(Path file) {
    return new Credentials(file.toString(), Optional.empty(), Optional.empty());
  }

  /**
   * A key that the caller holds.
   *
   * @param key RSA, ECDSA, Ed25519 or another kind that {@code docs/signing.md} names; one that
   *     cannot be encoded, as those of tokens, signs by its own provider
   * @param chain the key's certificate, and those above it
   * @return credentials, to which no certificates and no password are added
   * @throws HardwireException if the key does not belong to the certificate, or is of another kind
   */
  public static Credentials of(PrivateKey key, X509Certificate... chain) {
    return new Credentials(
        "",
        Optional.empty(),
        Optional.of(HardwireException.checked(() -> KeyReader.of(key, List.of(chain)))));
  }

  /**
   * A key in a key store of the Java Cryptography Architecture.
   *
   * @param store loaded, such as one of a cloud's key service
   * @param alias the entry
   * @param password of the entry; null if it needs none
   * @return credentials, to which no certificates and no password are added
   * @throws GeneralSecurityException if the store does not give the key
   * @throws IllegalArgumentException if the entry is no private key with certificates
   * @throws HardwireException if the key does not belong to the certificate, or is of another kind
   */
  public static Credentials of(KeyStore store, String alias, char[] password)
      throws GeneralSecurityException {
    Certificate[] chain = store.getCertificateChain(alias);
    if (!(store.getKey(alias, password) instanceof PrivateKey key) || chain == null) {
      throw new IllegalArgumentException("not a private key with certificates: " + alias);
    }
    return of(key, Arrays.copyOf(chain, chain.length, X509Certificate[].class));
  }

  /**
   * A key in a PKCS#11 token.
   *
   * @param library the token's PKCS#11 library
   * @param label the label of the key; the password is the PIN
   * @return credentials without a password
   */
  public static Credentials ofToken(Path library, String label) {
    return new Credentials(label, Optional.of(library), Optional.empty());
  }

  /**
   * Sets the certificates. They are not needed if the key's file holds them.
   *
   * @param files PEM: the key's certificate and those above it
   * @return new credentials
   */
  public Credentials certificates(Path... files) {
    return with(List.of(files), request.alias(), request.password());
  }

  /**
   * Chooses an entry of a key store that holds several.
   *
   * @param name of the entry
   * @return new credentials
   */
  public Credentials alias(String name) {
    return with(request.certificates(), Optional.of(name), request.password());
  }

  /**
   * Sets the source of the password.
   *
   * @param source called only when a password is needed; null from it means that there is none
   * @return new credentials
   */
  public Credentials password(Supplier<char[]> source) {
    return with(request.certificates(), request.alias(), source);
  }

  /**
   * Signs by PKCS#1 v1.5 with RSA keys, instead of PSS (RFC 8017).
   *
   * @return new credentials
   */
  public Credentials rsaPkcs1() {
    return with(
        new CmsSigner.Options(options.digest(), true, options.signingTime(), options.timestamp()));
  }

  /**
   * States a time of signing. By default none is stated, so that signatures can be reproduced.
   *
   * @param time not in the future; the certificate must be valid then
   * @return new credentials
   */
  public Credentials signingTime(Instant time) {
    return with(
        new CmsSigner.Options(
            options.digest(), options.pkcs1(), Optional.of(time), options.timestamp()));
  }

  /**
   * Has signatures stamped by a time-stamping authority (RFC 3161).
   *
   * @param authority an http or https URL
   * @return new credentials
   * @throws IllegalArgumentException for another URL
   */
  public Credentials timestamp(URI authority) {
    String scheme = String.valueOf(authority.getScheme());
    if (!scheme.equalsIgnoreCase("http") && !scheme.equalsIgnoreCase("https")) {
      throw new IllegalArgumentException("not an http or https URL: " + authority);
    }
    return with(
        new CmsSigner.Options(
            options.digest(),
            options.pkcs1(),
            options.signingTime(),
            Optional.of(new TimeStampAuthority(authority))));
  }

  /**
   * Sets the digest that is signed. By default it depends on the key.
   *
   * @param name {@code SHA-256}, {@code SHA-384} or {@code SHA-512}
   * @return new credentials
   * @throws IllegalArgumentException for another digest
   */
  public Credentials digest(String name) {
    Digest digest =
        Stream.of(Digest.values())
            .filter(one -> one.text().equals(name))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("not a digest: " + name));
    return with(
        new CmsSigner.Options(
            Optional.of(digest), options.pkcs1(), options.signingTime(), options.timestamp()));
  }

  /**
   * Also sets the attribute {@code security.ima} of signed files, which the kernel's IMA checks.
   *
   * @return new credentials
   */
  public Credentials ima() {
    return with(further.withIma());
  }

  /**
   * Also writes an attestation about the policy of the signed file: an in-toto statement in a DSSE
   * envelope. There must be only one file to sign.
   *
   * @param file created or replaced
   * @return new credentials
   */
  public Credentials attestation(Path file) {
    return with(further.withAttestation(file));
  }

  /**
   * Also writes where the signed file comes from: a statement of SLSA, version 1, in a DSSE
   * envelope. There must be only one file to sign.
   *
   * @param file created or replaced
   * @param builder identifies who runs the tool: a URI
   * @return new credentials
   */
  public Credentials provenance(Path file, String builder) {
    return with(further.withProvenance(file, builder));
  }

  /**
   * Reads the key.
   *
   * @param files how many files are signed
   */
  Signing open(int files) throws IOException {
    return new Signing(
            new FileSigner(held.isPresent() ? held.get() : KeyReader.read(request), options),
            further)
        .forFiles(files);
  }
}
