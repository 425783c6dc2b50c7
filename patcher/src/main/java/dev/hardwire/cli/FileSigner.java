package dev.hardwire.cli;

import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.image.AtomicFile;
import dev.hardwire.image.ExtendedAttribute;
import dev.hardwire.image.SignedImage;
import dev.hardwire.sign.Binding;
import dev.hardwire.sign.CmsSigner;
import dev.hardwire.sign.ContentDigests;
import dev.hardwire.sign.Envelope;
import dev.hardwire.sign.Identity;
import dev.hardwire.sign.ImaSignature;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.PatchSummary;
import dev.hardwire.verify.Report;
import dev.hardwire.verify.Verifier;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Signs hard-wired files with one key. What does not verify is not signed. */
final class FileSigner {
  private final CmsSigner signer;
  private final CmsSigner.Options options;
  private final Identity identity;

  FileSigner(SigningOptions options) throws IOException {
    this.identity = options.identity();
    this.options = options.options();
    this.signer = new CmsSigner(identity, this.options);
  }

  Identity identity() {
    return identity;
  }

  /** Whether a signature of this signer is embedded. */
  boolean hasSigned(ElfFile elf) {
    return SignedImage.isSigned(elf) && signer.hasSigned(SignedImage.read(elf).cms());
  }

  /** Embeds a signature; signatures that are there stay. */
  SignedImage embed(ElfFile elf) throws IOException, VerificationFailure {
    boolean signed = SignedImage.isSigned(elf);
    SignedImage image = signed ? SignedImage.read(elf) : SignedImage.prepare(elf);
    Optional<Bytes> existing = signed ? Optional.of(image.cms()) : Optional.empty();
    return image.withCms(sign(image.content(), existing, image.unsigned()));
  }

  /** Makes a signature of the whole file, beside those that are there. */
  Bytes detached(ElfFile elf, Optional<Bytes> existing) throws IOException, VerificationFailure {
    return sign(ByteParts.of(elf.bytes()), existing, SignedImage.unsigned(elf).bytes());
  }

  /** Two threads read the file: one for its digest, one to verify it. */
  private Bytes sign(ByteParts content, Optional<Bytes> existing, Bytes unsigned)
      throws IOException, VerificationFailure {
    ContentDigests digests = new ContentDigests(content);
    CompletableFuture<Void> digest = CompletableFuture.runAsync(() -> signer.prepare(digests));
    Binding binding = binding(unsigned);
    digest.join();
    return signer.sign(digests, existing, binding);
  }

  private static Binding binding(Bytes unsigned) throws VerificationFailure {
    return new Binding(
        Version.text(),
        patches(unsigned).stream()
            .map(patch -> new Binding.Patch(patch.original(), patch.policy(), patch.hook()))
            .toList());
  }

  private static List<PatchSummary> patches(Bytes unsigned) throws VerificationFailure {
    Report report = Verifier.verify(unsigned, Expectations.NONE);
    if (!report.passed()) {
      throw new VerificationFailure(report);
    }
    return report.patches();
  }

  /** Writes what there is to say about a finished file, signed by the same key. */
  void attest(Path target, SignedImage image, Path attestation)
      throws IOException, VerificationFailure {
    byte[] statement =
        Attestation.statement(
            String.valueOf(target.getFileName()), image.file().sha256(), patches(image.unsigned()));
    AtomicFile.write(
        attestation,
        Attestation.envelope(
            statement, Envelope.sign(identity, options, Attestation.PAYLOAD_TYPE, statement)));
  }

  /** Sets the attribute with which the kernel checks the file. */
  void imaSign(Path target, SignedImage image) throws IOException {
    ExtendedAttribute.set(target, ImaSignature.ATTRIBUTE, ImaSignature.of(identity, image.file()));
  }
}
