package dev.hardwire.sign.key;

import dev.hardwire.sign.algorithm.SignatureFault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.bc.BcPEMDecryptorProvider;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;

/** Reads keys: PEM (PKCS#8, PKCS#1, SEC 1, plain or encrypted), PKCS#12, JKS, PKCS#11. */
public final class KeyReader {
  private static final int JKS_MAGIC = 0xfeedfeed;

  private KeyReader() {}

  /**
   * Reads a key and its certificates.
   *
   * @throws SignatureFault if the password is wrong, the key is weak, or it does not belong to the
   *     certificate
   */
  public static Identity read(KeyRequest request) throws IOException {
    List<X509CertificateHolder> certificates = new ArrayList<>();
    for (Path path : request.certificates()) {
      certificates.addAll(PemFile.certificates(path));
    }
    if (request.module().isPresent()) {
      return TokenKey.read(request, certificates);
    }
    Path path = Path.of(request.key());
    byte[] content = PemFile.bytes(path);
    try {
      return PemFile.isPem(content)
          ? pem(path, content, request, certificates)
          : store(path, content, request, certificates);
    } catch (SignatureFault e) {
      throw e.getMessage().startsWith(path + ": ")
          ? e
          : new SignatureFault(path + ": " + e.getMessage(), e);
    }
  }

  /**
   * A key of the Java Cryptography Architecture with its certificates.
   *
   * @param key one that cannot be encoded signs by the provider that it is from
   * @param certificates the key's, and those above it
   * @throws SignatureFault if the key is weak, or it does not belong to the certificate
   */
  public static Identity of(PrivateKey key, List<? extends Certificate> certificates) {
    try {
      byte[] encoded = key.getEncoded();
      return Identity.of(
          encoded == null
              ? new TokenKey(Optional.empty(), key)
              : inMemory(PrivateKeyInfo.getInstance(encoded)),
          chain(certificates.toArray(Certificate[]::new)));
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw new SignatureFault("a key of this kind is not accepted", e);
    }
  }

  private static Identity pem(
      Path path, byte[] content, KeyRequest request, List<X509CertificateHolder> certificates)
      throws IOException {
    PrivateKeyInfo key = null;
    List<X509CertificateHolder> chain = new ArrayList<>(certificates);
    for (Object one : PemFile.objects(path, content)) {
      Optional<PrivateKeyInfo> found = key(path, one, request);
      if (found.isPresent()) {
        if (key != null) {
          throw new FileSystemException(
              path.toString(), null, "contains more than one private key");
        }
        key = found.get();
      } else if (one instanceof X509CertificateHolder certificate) {
        chain.add(certificate);
      }
    }
    if (key == null) {
      throw new FileSystemException(path.toString(), null, "contains no private key");
    }
    return Identity.of(inMemory(key), chain);
  }

  private static Optional<PrivateKeyInfo> key(Path path, Object one, KeyRequest request)
      throws IOException {
    boolean encrypted =
        one instanceof PEMEncryptedKeyPair || one instanceof PKCS8EncryptedPrivateKeyInfo;
    char[] password = encrypted ? password(path, request) : new char[0];
    try {
      if (one instanceof PrivateKeyInfo plain) {
        return Optional.of(plain);
      }
      if (one instanceof PEMKeyPair pair) {
        return Optional.of(pair.getPrivateKeyInfo());
      }
      if (one instanceof PEMEncryptedKeyPair pair) {
        return Optional.of(
            pair.decryptKeyPair(new BcPEMDecryptorProvider(password)).getPrivateKeyInfo());
      }
      if (one instanceof PKCS8EncryptedPrivateKeyInfo info) {
        return Optional.of(info.decryptPrivateKeyInfo(new PasswordDecryption(password)));
      }
      return Optional.empty();
    } catch (PEMException | PKCSException | RuntimeException e) {
      throw new SignatureFault(path + ": the password is wrong, or the key is damaged", e);
    }
  }

  private static char[] password(Path path, KeyRequest request) {
    char[] password = request.password() == null ? null : request.password().get();
    SignatureFault.require(password != null, path + ": the key needs a password");
    return password;
  }

  static SigningKey inMemory(PrivateKeyInfo key) throws IOException {
    try {
      return new SigningKey.InMemory(PrivateKeyFactory.createKey(key));
    } catch (IOException | RuntimeException e) {
      throw new SignatureFault("a key of this kind is not accepted", e);
    }
  }

  private static Identity store(
      Path path, byte[] content, KeyRequest request, List<X509CertificateHolder> certificates)
      throws IOException {
    boolean jks = content.length > 4 && java.nio.ByteBuffer.wrap(content).getInt(0) == JKS_MAGIC;
    if (!jks && !isPkcs12(content)) {
      throw new FileSystemException(
          path.toString(), null, "contains no private key in PEM, PKCS#12 or JKS");
    }
    char[] password = password(path, request);
    if (!jks) {
      Optional<Pkcs12> found = pkcs12(content, password);
      if (found.isPresent()) {
        Pkcs12 file = found.get();
        String name = alias(file.names(), path.toString(), request.alias());
        return Identity.of(
            inMemory(file.key(name)), certificates.isEmpty() ? file.chain(name) : certificates);
      }
    }
    try {
      KeyStore store = KeyStore.getInstance(jks ? "JKS" : "PKCS12");
      store.load(new ByteArrayInputStream(content), password);
      String alias = alias(keys(store), path.toString(), request.alias());
      Key key = store.getKey(alias, password);
      return Identity.of(
          inMemory(PrivateKeyInfo.getInstance(key.getEncoded())),
          certificates.isEmpty() ? chain(store.getCertificateChain(alias)) : certificates);
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw new SignatureFault(
          path + ": the password is wrong, or this is no key that can be read", e);
    }
  }

  /** Whether this is a PFX (RFC 7292 section 4): a sequence that starts with the version, 3. */
  private static boolean isPkcs12(byte[] content) {
    try (ASN1InputStream in = new ASN1InputStream(content)) {
      return in.readObject() instanceof ASN1Sequence pfx
          && pfx.size() > 0
          && pfx.getObjectAt(0) instanceof ASN1Integer version
          && version.hasValue(3);
    } catch (IOException | RuntimeException | StackOverflowError e) {
      return false;
    }
  }

  /**
   * The keys of a PFX. Empty if they cannot be read: the JDK's reader supports fewer kinds of keys,
   * and stores without a password.
   */
  private static Optional<Pkcs12> pkcs12(byte[] content, char[] password) {
    try {
      return Optional.of(Pkcs12.read(content, password));
    } catch (IOException | PKCSException | RuntimeException e) {
      return Optional.empty();
    }
  }

  static List<X509CertificateHolder> chain(Certificate[] chain)
      throws IOException, GeneralSecurityException {
    List<X509CertificateHolder> holders = new ArrayList<>();
    for (Certificate certificate : chain == null ? new Certificate[0] : chain) {
      holders.add(new X509CertificateHolder(certificate.getEncoded()));
    }
    return holders;
  }

  static List<String> keys(KeyStore store) throws GeneralSecurityException {
    List<String> keys = new ArrayList<>();
    for (String alias : Collections.list(store.aliases())) {
      if (store.isKeyEntry(alias)) {
        keys.add(alias);
      }
    }
    return keys;
  }

  /** The only key of a store, or the requested one. */
  static String alias(List<String> keys, String where, Optional<String> asked) {
    Set<String> names = new TreeSet<>(keys);
    if (asked.isPresent()) {
      SignatureFault.require(
          names.contains(asked.get()),
          () -> "%s: there is no key %s, only %s".formatted(where, asked.get(), names));
      return asked.get();
    }
    SignatureFault.require(
        keys.size() == 1, () -> "%s: name one of the keys %s".formatted(where, names));
    return keys.get(0);
  }
}
