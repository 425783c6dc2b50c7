package dev.hardwire.sign.key;

import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.sign.algorithm.SignatureScheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.ProviderException;
import java.security.Security;
import java.security.Signature;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * A key that never leaves its token, through the JDK's providers; the token signs.
 *
 * @param provider of the token; empty if the JDK finds the one that accepts the key
 */
record TokenKey(Optional<Provider> provider, PrivateKey key) implements SigningKey {
  static Identity read(KeyRequest request, List<X509CertificateHolder> certificates)
      throws IOException {
    Path module = request.module().orElseThrow();
    if (!Files.exists(module)) {
      throw new NoSuchFileException(module.toString());
    }
    char[] pin = request.password() == null ? null : request.password().get();
    try {
      Provider base = Security.getProvider("SunPKCS11");
      SignatureFault.require(base != null, "this Java has no PKCS#11 provider");
      Provider provider =
          base.configure(
              "--name=hardwire\nlibrary=\"%s\"\n"
                  .formatted(module.toAbsolutePath().toString().replace("\"", "\\\"")));
      KeyStore store = KeyStore.getInstance("PKCS11", provider);
      store.load(null, pin);
      Optional<String> label =
          request.key() == null || request.key().isEmpty()
              ? request.alias()
              : Optional.of(request.key());
      String alias = KeyReader.alias(KeyReader.keys(store), module.toString(), label);
      if (!(store.getKey(alias, null) instanceof PrivateKey key)) {
        throw new SignatureFault("%s: %s is not a private key".formatted(module, alias));
      }
      return Identity.of(
          new TokenKey(Optional.of(provider), key),
          certificates.isEmpty()
              ? KeyReader.chain(store.getCertificateChain(alias))
              : certificates);
    } catch (IOException | GeneralSecurityException | ProviderException e) {
      throw new SignatureFault(
          "%s: the token cannot be used: %s".formatted(module, rootMessage(e)), e);
    }
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage();
  }

  @Override
  public byte[] sign(SignatureScheme scheme, byte[] message) {
    String hash = scheme.digest().text().replace("-", "");
    return switch (scheme.kind()) {
      case RSA_PKCS1 -> sign(hash + "withRSA", message, null);
      case ECDSA -> sign(hash + "withECDSA", message, null);
      case RSA_PSS ->
          sign(
              hash + "withRSASSA-PSS",
              message,
              new PSSParameterSpec(
                  scheme.digest().text(),
                  "MGF1",
                  new MGF1ParameterSpec(scheme.digest().text()),
                  scheme.saltSize(),
                  PSSParameterSpec.TRAILER_FIELD_BC));
      default ->
          throw new SignatureFault("PKCS#11 keys can be RSA and ECDSA, not " + scheme.text());
    };
  }

  @Override
  public byte[] signDigest(SignatureScheme scheme, byte[] digest) {
    throw new SignatureFault("a key in a token cannot make IMA signatures");
  }

  private byte[] sign(String algorithm, byte[] message, AlgorithmParameterSpec parameters) {
    try {
      Signature signature =
          provider.isPresent()
              ? Signature.getInstance(algorithm, provider.get())
              : Signature.getInstance(algorithm);
      if (parameters != null) {
        signature.setParameter(parameters);
      }
      signature.initSign(key);
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException | ProviderException e) {
      throw new SignatureFault("the token does not sign: " + rootMessage(e), e);
    }
  }
}
