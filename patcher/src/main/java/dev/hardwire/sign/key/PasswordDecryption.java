package dev.hardwire.sign.key;

import java.io.InputStream;
import java.math.BigInteger;
import java.util.Map;
import java.util.function.Supplier;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.misc.MiscObjectIdentifiers;
import org.bouncycastle.asn1.misc.ScryptParams;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.BufferedBlockCipher;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.PBEParametersGenerator;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.generators.SCrypt;
import org.bouncycastle.crypto.io.CipherInputStream;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.util.CipherFactory;
import org.bouncycastle.crypto.util.DigestFactory;
import org.bouncycastle.operator.DefaultSecretKeySizeProvider;
import org.bouncycastle.operator.InputDecryptor;
import org.bouncycastle.operator.InputDecryptorProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.bc.BcPKCS12PBEInputDecryptorProviderBuilder;

/**
 * Decrypts with a password: PBES2 with PBKDF2 or scrypt (RFC 8018 section 6.2, RFC 7914), and the
 * older schemes of PKCS#12 (RFC 7292 appendix C).
 */
final class PasswordDecryption implements InputDecryptorProvider {
  /** The digests of HMAC as the pseudorandom function of PBKDF2. */
  private static final Map<ASN1ObjectIdentifier, Supplier<Digest>> FUNCTIONS =
      Map.of(
          PKCSObjectIdentifiers.id_hmacWithSHA1, DigestFactory::createSHA1,
          PKCSObjectIdentifiers.id_hmacWithSHA224, DigestFactory::createSHA224,
          PKCSObjectIdentifiers.id_hmacWithSHA256, DigestFactory::createSHA256,
          PKCSObjectIdentifiers.id_hmacWithSHA384, DigestFactory::createSHA384,
          PKCSObjectIdentifiers.id_hmacWithSHA512, DigestFactory::createSHA512);

  private final char[] password;

  PasswordDecryption(char[] password) {
    this.password = password.clone();
  }

  @Override
  public InputDecryptor get(AlgorithmIdentifier algorithm) throws OperatorCreationException {
    if (!PKCSObjectIdentifiers.id_PBES2.equals(algorithm.getAlgorithm())) {
      return new BcPKCS12PBEInputDecryptorProviderBuilder().build(password).get(algorithm);
    }
    PBES2Parameters parameters = PBES2Parameters.getInstance(algorithm.getParameters());
    AlgorithmIdentifier encryption =
        AlgorithmIdentifier.getInstance(parameters.getEncryptionScheme());
    int bits = DefaultSecretKeySizeProvider.INSTANCE.getKeySize(encryption);
    if (bits <= 0) {
      throw new OperatorCreationException("the cipher " + encryption.getAlgorithm());
    }
    KeyParameter key = key(parameters.getKeyDerivationFunc(), bits / Byte.SIZE);
    if (!(CipherFactory.createContentCipher(false, key, encryption)
        instanceof BufferedBlockCipher cipher)) {
      throw new OperatorCreationException("the cipher " + encryption.getAlgorithm());
    }
    return new InputDecryptor() {
      @Override
      public AlgorithmIdentifier getAlgorithmIdentifier() {
        return algorithm;
      }

      @Override
      public InputStream getInputStream(InputStream encrypted) {
        return new CipherInputStream(encrypted, cipher);
      }
    };
  }

  private KeyParameter key(KeyDerivationFunc derivation, int size)
      throws OperatorCreationException {
    byte[] bytes = PBEParametersGenerator.PKCS5PasswordToUTF8Bytes(password);
    if (MiscObjectIdentifiers.id_scrypt.equals(derivation.getAlgorithm())) {
      ScryptParams parameters = ScryptParams.getInstance(derivation.getParameters());
      return new KeyParameter(
          SCrypt.generate(
              bytes,
              parameters.getSalt(),
              number(parameters.getCostParameter()),
              number(parameters.getBlockSize()),
              number(parameters.getParallelizationParameter()),
              size));
    }
    if (!PKCSObjectIdentifiers.id_PBKDF2.equals(derivation.getAlgorithm())) {
      throw new OperatorCreationException("the key derivation " + derivation.getAlgorithm());
    }
    PBKDF2Params parameters = PBKDF2Params.getInstance(derivation.getParameters());
    PKCS5S2ParametersGenerator generator =
        new PKCS5S2ParametersGenerator(digest(parameters.getPrf().getAlgorithm()));
    generator.init(bytes, parameters.getSalt(), number(parameters.getIterationCount()));
    return (KeyParameter) generator.generateDerivedParameters(size * Byte.SIZE);
  }

  private static int number(BigInteger parameter) throws OperatorCreationException {
    if (parameter.bitLength() >= Integer.SIZE) {
      throw new OperatorCreationException("the parameter " + parameter);
    }
    return parameter.intValue();
  }

  private static Digest digest(ASN1ObjectIdentifier function) throws OperatorCreationException {
    Supplier<Digest> digest = FUNCTIONS.get(function);
    if (digest == null) {
      throw new OperatorCreationException("the function " + function);
    }
    return digest.get();
  }
}
