package dev.hardwire.work;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.verify.result.PatchSummary;
import java.util.List;

/**
 * A file with embedded signatures.
 *
 * @param bytes the file in its parts
 */
public record Signed(SignedBytes bytes) {
  /**
   * Reads one.
   *
   * @throws dev.hardwire.elf.ElfFormatException if the file has no signatures, or damaged ones
   */
  public static Signed read(Bytes file) {
    return new Signed(SignedBytes.read(ElfFile.parse(file)));
  }

  /** The bytes that the signatures cover. */
  public Bytes content() {
    return bytes.content();
  }

  /** The signatures: CMS SignedData in DER (RFC 5652). */
  public Bytes cms() {
    return bytes.cms();
  }

  /** SHA-256 of the whole file. */
  public Bytes sha256() {
    return bytes.file().sha256();
  }

  /**
   * The patches of the file, the last first.
   *
   * @throws VerificationFailure if the file does not verify
   */
  public List<PatchSummary> patches() throws VerificationFailure {
    return ProvenPatches.ofUnsigned(bytes.unsigned());
  }
}
