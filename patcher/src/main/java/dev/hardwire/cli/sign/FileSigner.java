package dev.hardwire.cli.sign;

import dev.hardwire.bytes.ByteParts;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.options.SigningOptions;
import dev.hardwire.cli.report.VerificationFailure;
import dev.hardwire.cli.report.Version;
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
import dev.hardwire.sign.SignatureFault;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.PatchSummary;
import dev.hardwire.verify.Report;
import dev.hardwire.verify.Verifier;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Signs hard-wired files with one key. What does not verify is not signed. */
public final class FileSigner {
  private final CmsSigner signer;
  private final CmsSigner.Options options;
  private final Identity identity;

  public FileSigner(SigningOptions options) throws IOException {
    this.options = options.options();
    this.identity = options.identity();
    identity.requireFit(
        this.options.timestamp().isPresent() ? Optional.empty() : Optional.of(Instant.now()));
    this.options.signingTime().ifPresent(time -> identity.requireFit(Optional.of(time)));
    this.signer = new CmsSigner(identity, this.options);
  }

  public Identity identity() {
    return identity;
  }

  /** Whether a signature of this signer is embedded. */
  public boolean hasSigned(ElfFile elf) {
    return SignedImage.isSigned(elf) && signer.hasSigned(SignedImage.read(elf).cms());
  }

  /** Whether this key has signed a file, and the signature holds. */
  public boolean holds(ElfFile elf) {
    if (!SignedImage.isSigned(elf)) {
      return false;
    }
    SignedImage image = SignedImage.read(elf);
    return signer.holds(image.cms(), image.content());
  }

  /** Writes a signed file. */
  public interface Writer {
    /**
     * Does it.
     *
     * @param end waits for what follows {@code start}
     * @return the file that was written
     */
    Path write(ByteParts start, Supplier<ByteParts> end) throws IOException;
  }

  /** A file that was written, and what is in it. */
  public record Written(Path target, SignedImage image) {}

  /** Embeds a signature while {@code writer} writes what does not depend on it. */
  public Written embed(ElfFile elf, Writer writer) throws IOException, VerificationFailure {
    ByteParts start = place(elf).start();
    CompletableFuture<SignedImage> signed =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return embed(elf);
              } catch (IOException | VerificationFailure e) {
                throw new CompletionException(e);
              }
            });
    try {
      Path target = writer.write(start, () -> signed.join().end());
      return new Written(target, signed.join());
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      if (e.getCause() instanceof VerificationFailure failure) {
        throw failure;
      }
      throw e.getCause() instanceof RuntimeException failure ? failure : e;
    }
  }

  private static SignedImage place(ElfFile elf) {
    return SignedImage.isSigned(elf) ? SignedImage.read(elf) : SignedImage.prepare(elf);
  }

  /** Embeds a signature; signatures that are there stay. */
  public SignedImage embed(ElfFile elf) throws IOException, VerificationFailure {
    boolean signed = SignedImage.isSigned(elf);
    SignedImage image = place(elf);
    Optional<Bytes> existing = signed ? Optional.of(image.cms()) : Optional.empty();
    return image.withCms(sign(image.content(), existing, image.unsigned()));
  }

  /** Makes a signature of the whole file, beside those that are there. */
  public Bytes detached(ElfFile elf, Optional<Bytes> existing)
      throws IOException, VerificationFailure {
    return sign(ByteParts.of(elf.bytes()), existing, SignedImage.unsigned(elf).bytes());
  }

  /** Two threads read the file: one for its digest, one to verify it. */
  private Bytes sign(ByteParts content, Optional<Bytes> existing, Bytes unsigned)
      throws IOException, VerificationFailure {
    ContentDigests digests = new ContentDigests(content);
    CompletableFuture<Void> digest = CompletableFuture.runAsync(() -> signer.prepare(digests));
    Binding binding = binding(unsigned);
    digest.join();
    if (existing.isPresent()) {
      try {
        CmsSigner.checkExisting(existing.get(), digests);
      } catch (SignatureFault fault) {
        throw new VerificationFailure(fault);
      }
    }
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
  public void attest(Path target, SignedImage image, Path attestation)
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
  public void imaSign(Path target, SignedImage image) throws IOException {
    ByteParts content = image.file();
    ExtendedAttribute.set(
        target, ImaSignature.ATTRIBUTE, ImaSignature.of(identity, content), content);
  }
}
