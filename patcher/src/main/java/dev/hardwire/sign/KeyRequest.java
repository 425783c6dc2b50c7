package dev.hardwire.sign;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where a key and its certificates are.
 *
 * @param key a PEM, PKCS#12 or JKS file; with a module, the label of a key in a PKCS#11 token
 * @param certificates PEM files; may be empty where the key's file holds its certificate
 * @param alias the entry of a key store; needed where it has several keys
 * @param module a PKCS#11 library
 * @param password asked for when one is needed, never before; null where there is none
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
