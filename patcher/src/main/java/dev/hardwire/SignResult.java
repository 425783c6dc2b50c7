package dev.hardwire;

import dev.hardwire.work.FileSigner;
import java.nio.file.Path;
import java.util.List;

/**
 * An executable that was signed.
 *
 * @param file the file that was written
 * @param signer the subject of the signer's certificate
 * @param keyKind the kind of the key, for people, such as {@code ECDSA P-256}
 * @param warnings what could not be done as asked, a clause each
 */
public record SignResult(Path file, String signer, String keyKind, List<String> warnings) {
  static SignResult of(Path file, FileSigner signer, List<String> warnings) {
    return new SignResult(file, signer.identity().subject(), signer.identity().keyKind(), warnings);
  }
}
