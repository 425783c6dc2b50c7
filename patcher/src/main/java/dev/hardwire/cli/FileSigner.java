package dev.hardwire.cli;

import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.image.SignedImage;
import dev.hardwire.sign.Binding;
import dev.hardwire.sign.CmsSigner;
import dev.hardwire.sign.Identity;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Report;
import dev.hardwire.verify.Verifier;
import java.io.IOException;
import java.util.Optional;

/** Signs hard-wired files with one key. What does not verify is not signed. */
final class FileSigner {
  private final CmsSigner signer;
  private final Identity identity;

  FileSigner(SigningOptions options) throws IOException {
    this.identity = options.identity();
    this.signer = new CmsSigner(identity, options.options());
  }

  Identity identity() {
    return identity;
  }

  /** Embeds a signature; signatures that are there stay. */
  SignedImage embed(ElfFile elf) throws IOException, VerificationFailure {
    boolean signed = SignedImage.isSigned(elf);
    SignedImage image = signed ? SignedImage.read(elf) : SignedImage.prepare(elf);
    Optional<Bytes> existing = signed ? Optional.of(image.cms()) : Optional.empty();
    Binding binding = binding(image.unsigned());
    return image.withCms(signer.sign(image.content(), existing, binding));
  }

  /** Makes a signature of the whole file, beside those that are there. */
  Bytes detached(ElfFile elf, Optional<Bytes> existing) throws IOException, VerificationFailure {
    Binding binding = binding(SignedImage.unsigned(elf).bytes());
    return signer.sign(ByteParts.of(elf.bytes()), existing, binding);
  }

  private static Binding binding(Bytes unsigned) throws VerificationFailure {
    Report report = Verifier.verify(unsigned, Expectations.NONE);
    if (!report.passed()) {
      throw new VerificationFailure(report);
    }
    return new Binding(
        Version.text(),
        report.patches().stream()
            .map(patch -> new Binding.Patch(patch.original(), patch.policy(), patch.hook()))
            .toList());
  }
}
