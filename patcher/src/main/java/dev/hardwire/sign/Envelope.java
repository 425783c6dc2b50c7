package dev.hardwire.sign;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.algorithm.KeyKind;
import dev.hardwire.sign.algorithm.Names;
import dev.hardwire.sign.algorithm.SignatureScheme;
import dev.hardwire.sign.key.Identity;
import java.nio.charset.StandardCharsets;

/**
 * A DSSE signature (Dead Simple Signing Envelope, protocol version 1).
 *
 * @param keyId SHA-256 of the signer's certificate in hexadecimal digits
 * @param signature of the pre-authentication encoding of type and payload
 * @param certificate the signer's, DER
 */
public record Envelope(String keyId, Bytes signature, Bytes certificate) {
  public static Envelope sign(
      Identity identity, CmsSigner.Options options, String type, byte[] payload) {
    KeyKind kind = KeyKind.of(identity.certificate().getSubjectPublicKeyInfo());
    SignatureScheme scheme =
        SignatureScheme.forKey(
            identity.certificate().getSubjectPublicKeyInfo(),
            options.digest().orElse(kind.digest()),
            options.pkcs1());
    return new Envelope(
        Names.fingerprint(identity.certificate()),
        Bytes.wrap(identity.key().sign(scheme, encoding(type, payload))),
        Bytes.wrap(Names.encoded(identity.certificate())));
  }

  /** {@code "DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload}. */
  static byte[] encoding(String type, byte[] payload) {
    int length = type.getBytes(StandardCharsets.UTF_8).length;
    String text = "DSSEv1 " + length + " " + type + " " + payload.length + " ";
    byte[] start = text.getBytes(StandardCharsets.UTF_8);
    byte[] all = java.util.Arrays.copyOf(start, start.length + payload.length);
    System.arraycopy(payload, 0, all, start.length, payload.length);
    return all;
  }
}
