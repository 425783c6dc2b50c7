package dev.hardwire.sign.key;

import dev.hardwire.sign.algorithm.SignatureFault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.bc.BcPEMDecryptorProvider;
import org.bouncycastle.operator.InputDecryptorProvider;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEInputDecryptorProviderBuilder;

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
    return PemFile.isPem(content)
        ? pem(path, content, request, certificates)
        : store(path, content, request, certificates);
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
        InputDecryptorProvider decryptor =
            new JcePKCSPBEInputDecryptorProviderBuilder()
                .setProvider(new BouncyCastleProvider())
                .build(password);
        return Optional.of(info.decryptPrivateKeyInfo(decryptor));
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
    try {
      KeyStore store =
          jks ? loaded(KeyStore.getInstance("JKS"), content, password) : pkcs12(content, password);
      String alias = alias(store, path.toString(), request.alias());
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
   * Bouncy Castle's reader supports more kinds of keys, the JDK's more digests and stores without a
   * password.
   */
  private static KeyStore pkcs12(byte[] content, char[] password)
      throws IOException, GeneralSecurityException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12", new BouncyCastleProvider());
      return loaded(store, content, password);
    } catch (IOException | RuntimeException e) {
      return loaded(KeyStore.getInstance("PKCS12"), content, password);
    }
  }

  private static KeyStore loaded(KeyStore store, byte[] content, char[] password)
      throws IOException, GeneralSecurityException {
    store.load(new ByteArrayInputStream(content), password);
    return store;
  }

  static List<X509CertificateHolder> chain(Certificate[] chain)
      throws IOException, GeneralSecurityException {
    List<X509CertificateHolder> holders = new ArrayList<>();
    for (Certificate certificate : chain == null ? new Certificate[0] : chain) {
      holders.add(new X509CertificateHolder(certificate.getEncoded()));
    }
    return holders;
  }

  /** The only key of a store, or the requested one. */
  static String alias(KeyStore store, String where, Optional<String> asked)
      throws GeneralSecurityException {
    List<String> keys = new ArrayList<>();
    for (String alias : new TreeSet<>(Collections.list(store.aliases()))) {
      if (store.isKeyEntry(alias)) {
        keys.add(alias);
      }
    }
    if (asked.isPresent()) {
      SignatureFault.require(
          keys.contains(asked.get()),
          "%s: there is no key %s, only %s".formatted(where, asked.get(), keys));
      return asked.get();
    }
    SignatureFault.require(keys.size() == 1, "%s: name one of the keys %s".formatted(where, keys));
    return keys.get(0);
  }
}
