package dev.hardwire.sign.key;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The location of a key and its certificates.
 *
 * @param key a PEM, PKCS#12 or JKS file; with a module, the label of a key in a PKCS#11 token
 * @param certificates PEM files; may be empty if the key's file contains its certificate
 * @param alias the entry of a key store; required if it has several keys
 * @param module a PKCS#11 library
 * @param password called only when a password is needed; returns null if there is none
 */
public record KeyRequest(
    String key,
    List<Path> certificates,
    Optional<String> alias,
    Optional<Path> module,
    Supplier<char[]> password) {
  public KeyRequest {
    certificates = List.copyOf(certificates);
  }
}
