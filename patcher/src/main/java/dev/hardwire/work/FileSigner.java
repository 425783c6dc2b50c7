package dev.hardwire.work;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.input.InputFile;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.output.ExtendedAttribute;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.sign.Binding;
import dev.hardwire.sign.CmsSigner;
import dev.hardwire.sign.ContentDigests;
import dev.hardwire.sign.Envelope;
import dev.hardwire.sign.ImaSignature;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.sign.key.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Signs patched files with one key. A file that does not verify is not signed. */
public final class FileSigner {
  private final CmsSigner signer;
  private final CmsSigner.Options options;
  private final Identity identity;

  /**
   * Prepares to sign.
   *
   * @throws SignatureFault if the key, its certificate or the options do not go together
   */
  public FileSigner(Identity identity, CmsSigner.Options options) {
    this.options = options;
    this.identity = identity;
    identity.requireFit(
        this.options.timestamp().isPresent() ? Optional.empty() : Optional.of(Instant.now()));
    this.options.signingTime().ifPresent(time -> identity.requireFit(Optional.of(time)));
    this.signer = new CmsSigner(identity, this.options);
  }

  public Identity identity() {
    return identity;
  }

  /** How files are signed, for people. */
  public String described() {
    return signer.described();
  }

  /** Whether a signature of this signer is embedded. */
  boolean hasSigned(ElfFile elf) {
    return SignedBytes.isSigned(elf) && signer.hasSigned(SignedBytes.read(elf).cms());
  }

  /** Whether this key has signed a file and the signature is valid. */
  public boolean holds(ProgramFile program) {
    ElfFile elf = program.elf();
    if (!SignedBytes.isSigned(elf)) {
      return false;
    }
    SignedBytes signed = SignedBytes.read(elf);
    return signer.holds(signed.cms(), signed.content());
  }

  /** Writes a signed file. */
  public interface Writer {
    /**
     * Does it.
     *
     * @param end waits for what follows {@code start}
     * @return the file that was written
     */
    Path write(Bytes start, Supplier<Bytes> end) throws IOException;
  }

  /** A signed file that was written. */
  public record Written(Path target, Signed signed) {}

  /** Embeds a signature while {@code writer} writes the part of the file before it. */
  public Written embed(ProgramFile program, Writer writer) throws IOException, VerificationFailure {
    ElfFile elf = program.elf();
    Bytes start = place(elf).start();
    CompletableFuture<SignedBytes> signed =
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
      return new Written(target, new Signed(signed.join()));
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

  private static SignedBytes place(ElfFile elf) {
    return SignedBytes.isSigned(elf) ? SignedBytes.read(elf) : SignedBytes.prepare(elf);
  }

  /** Embeds a signature; existing signatures are kept. */
  SignedBytes embed(ElfFile elf) throws IOException, VerificationFailure {
    boolean signed = SignedBytes.isSigned(elf);
    SignedBytes place = place(elf);
    Optional<Bytes> existing = signed ? Optional.of(place.cms()) : Optional.empty();
    return place.withCms(sign(place.content(), existing, place.unsigned()));
  }

  /**
   * Writes a signature of a whole file to a file of its own, beside those that this has already.
   *
   * @param signature created or extended: CMS SignedData in DER
   */
  public void detached(Path file, Path signature) throws IOException, VerificationFailure {
    try (InputFile input = InputFile.open(file)) {
      ElfFile elf = ElfFile.parse(input.bytes());
      Bytes content = elf.bytes();
      Bytes unsigned = SignedBytes.unsigned(elf).bytes();
      if (!Files.exists(signature)) {
        Bytes cms = sign(content, Optional.empty(), unsigned);
        AtomicFile.writeNew(signature, cms);
        return;
      }
      try (InputFile existing = InputFile.open(signature)) {
        Bytes cms = sign(content, Optional.of(readable(signature, existing.bytes())), unsigned);
        AtomicFile.writeResult(signature, cms, existing.source());
      }
    }
  }

  private static Bytes readable(Path file, Bytes cms) throws VerificationFailure {
    try {
      CmsSigner.checkReadable(cms);
      return cms;
    } catch (SignatureFault fault) {
      throw new VerificationFailure(
          new SignatureFault(
              "%s exists, and no signature can be added to it: %s"
                  .formatted(file, fault.getMessage())));
    }
  }

  /** Two threads read the file: one for its digest, one to verify it. */
  private Bytes sign(Bytes content, Optional<Bytes> existing, Bytes unsigned)
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
        ToolVersion.text(),
        ProvenPatches.ofUnsigned(unsigned).stream()
            .map(patch -> new Binding.Patch(patch.original(), patch.policy(), patch.hookText()))
            .toList());
  }

  /** Signs a statement: the signature for a DSSE envelope. */
  public Envelope envelope(String payloadType, byte[] statement) throws IOException {
    return Envelope.sign(identity, options, payloadType, statement);
  }

  /** Sets the attribute {@code security.ima}, with which the kernel checks a file. */
  public void imaSign(Path target, Signed signed) throws IOException {
    Bytes content = signed.bytes().file();
    ExtendedAttribute.set(
        target, ImaSignature.ATTRIBUTE, ImaSignature.of(identity, content), content);
  }
}
