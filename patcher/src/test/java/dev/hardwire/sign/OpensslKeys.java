package dev.hardwire.sign;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** Keys and certificates as a user makes them with openssl. */
final class OpensslKeys {
  private final SigningRoom room;

  OpensslKeys(SigningRoom room) throws IOException {
    this.room = room;
    room.line(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "
            + "root.key -out root.pem -days 30 -subj /CN=Root -addext "
            + "keyUsage=critical,keyCertSign,cRLSign");
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

  /** Makes NAME.key (PKCS#8) and NAME.pem. */
  void signer(String name, String kind) {
    room.output(
        SigningRoom.concat(
            new Object[] {"openssl", "genpkey", "-out", name + ".key"},
            generation(kind).toArray()));
    certify(name);
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
}
