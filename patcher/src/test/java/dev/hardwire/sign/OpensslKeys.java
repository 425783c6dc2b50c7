package dev.hardwire.sign;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Keys and certificates as a user makes them with openssl. */
final class OpensslKeys {
  /** What was made, for other tests: the files' contents by what was asked for. */
  private static final Map<String, Map<String, byte[]>> MADE = new ConcurrentHashMap<>();

  private final SigningRoom room;

  OpensslKeys(SigningRoom room) throws IOException {
    this.room = room;
    once(
        "root",
        List.of("root.key", "root.pem"),
        () ->
            room.line(
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "
                    + "root.key -out root.pem -days 30 -subj /CN=Root -addext "
                    + "keyUsage=critical,keyCertSign,cRLSign"));
    Files.writeString(
        room.file("signer.cnf"),
        """
        basicConstraints=critical,CA:false
        keyUsage=critical,digitalSignature
        extendedKeyUsage=codeSigning
        subjectKeyIdentifier=hash
        """);
  }

  /** The arguments of {@code openssl genpkey} for a kind of key. */
  static List<String> generation(String kind) {
    if (kind.startsWith("RSA-")) {
      return List.of("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + kind.substring(4));
    }
    if (kind.startsWith("P-") || kind.startsWith("secp")) {
      return List.of("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + kind);
    }
    return List.of("-algorithm", kind);
  }

  /** Makes NAME.key (PKCS#8) and NAME.pem: the same ones for each test. */
  void signer(String name, String kind) {
    once(
        name + " " + kind,
        List.of(name + ".key", name + ".pem"),
        () -> {
          room.output(
              SigningRoom.concat(
                  new Object[] {"openssl", "genpkey", "-out", name + ".key"},
                  generation(kind).toArray()));
          certify(name);
        });
  }

  /** Writes files as they were made the first time: making keys takes long. */
  private void once(String key, List<String> names, Runnable maker) {
    try {
      Map<String, byte[]> made = MADE.get(key);
      if (made == null) {
        maker.run();
        made = new LinkedHashMap<>();
        for (String name : names) {
          made.put(name, Files.readAllBytes(room.file(name)));
        }
        MADE.put(key, made);
        return;
      }
      for (Map.Entry<String, byte[]> file : made.entrySet()) {
        Files.write(room.file(file.getKey()), file.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes NAME.pem for NAME.key. */
  void certify(String name) {
    room.line(
        "openssl req -new -key %s.key -subj /O=Example/CN=%s -out %s.csr"
            .formatted(name, name, name));
    room.line(
        ("openssl x509 -req -in %s.csr -CA root.pem -CAkey root.key -days 20 -extfile "
                + "signer.cnf -out %s.pem")
            .formatted(name, name));
  }

  /**
   * Writes vendor.key in another format to the file key; where it has a password, that of the file
   * password.
   */
  void convert(String kind, String format) {
    String traditional = kind.startsWith("RSA") ? "rsa" : "ec";
    switch (format) {
      case "pkcs8" -> room.output("cp", "vendor.key", "key");
      case "traditional" -> {
        String option = traditional.equals("rsa") ? "-traditional" : "-text";
        room.line("openssl %s -in vendor.key -out key %s".formatted(traditional, option));
        room.output("grep", "-q", "BEGIN (RSA|EC) PRIVATE KEY", "-E", "key");
      }
      case "traditional-encrypted" -> {
        room.line(
            "openssl pkey -traditional -aes256 -passout file:password -in vendor.key -out key");
        room.line("grep -q Proc-Type key");
      }
      case "pkcs8-encrypted" -> topk8("-v2 aes-256-cbc");
      case "pkcs8-scrypt" -> topk8("-scrypt");
      case "pkcs8-des3" -> topk8("-v2 des3 -v2prf hmacWithSHA1");
      case "pkcs12-scheme" -> topk8("-v1 PBE-SHA1-3DES");
      case "pkcs12", "pkcs12-sha512", "jks" -> {
        room.line(
            "openssl pkcs12 -export -in vendor.pem -inkey vendor.key -name vendor "
                + (format.equals("pkcs12-sha512") ? "-macalg sha512 " : "")
                + "-passout file:password -out key");
        if (format.equals("jks")) {
          room.line(
              "keytool -J-XX:TieredStopAtLevel=1 -importkeystore -srckeystore key -srcstoretype PKCS12 "
                  + "-srcstorepass:file password -destkeystore key.jks -deststoretype JKS "
                  + "-deststorepass:file password");
          room.line("mv key.jks key");
        }
      }
      case "jks-of-java" -> keyStore("JKS", "correct horse", "vendor");
      default -> throw new AssertionError(format);
    }
  }

  /** Makes the file key, a key store of Java with keys for ECDSA, as {@code keytool} does. */
  void keyStore(String type, String password, String... names) {
    try {
      KeyStore store = KeyStore.getInstance(type);
      store.load(null, null);
      for (String name : names) {
        signer(name, "P-256");
        Certificate[] chain = {certificate(room.file(name + ".pem"))};
        store.setKeyEntry(name, key(room.file(name + ".key")), password.toCharArray(), chain);
      }
      try (OutputStream out = Files.newOutputStream(room.file("key"))) {
        store.store(out, password.toCharArray());
      }
    } catch (IOException | GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static Certificate certificate(Path pem) throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(pem)) {
      return CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private static PrivateKey key(Path pem) throws IOException, GeneralSecurityException {
    String text = Files.readString(pem).replaceAll("-----[A-Z ]+-----", "");
    return KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(text)));
  }

  private void topk8(String options) {
    room.line(
        "openssl pkcs8 -topk8 %s -in vendor.key -passout file:password -out key"
            .formatted(options));
  }
}
