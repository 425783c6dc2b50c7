package dev.hardwire;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.input.InputFile;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.output.OutputFile;
import dev.hardwire.output.Outputs;
import dev.hardwire.sign.CmsSigner;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.trees.TreeEntry;
import dev.hardwire.work.FileSigner;
import dev.hardwire.work.Refused;
import dev.hardwire.work.VerificationFailure;
import dev.hardwire.work.attest.Signing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The signing of patched executables. Immutable: each setter returns a new task. */
public final class SignTask {
  private final List<FoundFile> files;
  private final Optional<Credentials> credentials;

  SignTask(List<FoundFile> files) {
    this(files, Optional.empty());
  }

  private SignTask(List<FoundFile> files, Optional<Credentials> credentials) {
    this.files = List.copyOf(files);
    this.credentials = credentials;
  }

  /**
   * Sets the key.
   *
   * @param newCredentials read when the executable is signed
   * @return a new task
   */
  public SignTask with(Credentials newCredentials) {
    return new SignTask(files, Optional.of(newCredentials));
  }

  /**
   * Signs and writes the result to another file, with mode, owner and attributes of the input.
   *
   * @param output created or replaced; not the input
   * @return what was written
   * @throws IOException if a file cannot be read or written, or a time stamp cannot be had
   * @throws HardwireException if the file does not verify, or the key cannot be used
   * @throws IllegalStateException if there is no key
   */
  public SignResult to(Path output) throws IOException {
    return only(Destination.file(output));
  }

  /**
   * Signs and replaces the input. If the input is a symbolic link, its target is replaced.
   *
   * @return what was written
   * @throws IOException if a file cannot be read or written, or a time stamp cannot be had
   * @throws HardwireException if the file does not verify, or the key cannot be used
   * @throws IllegalStateException if there is no key
   */
  public SignResult inPlace() throws IOException {
    return only(Destination.inPlace());
  }

  /** Signs the only file. */
  private SignResult only(Destination destination) throws IOException {
    return ProgramWork.only(files, each(destination));
  }

  /**
   * Prepares to sign each file. A file that was found is skipped if it is not patched, and left
   * alone if it would be replaced and the key has signed it already.
   *
   * @param destination of the results
   * @return signs one file
   * @throws IOException if the key cannot be read, or a directory cannot be read or made
   * @throws HardwireException if two results would have one path, or the key cannot be used
   * @throws IllegalStateException if there is no key
   */
  public FileWork<SignResult> each(Destination destination) throws IOException {
    return Failure.translated(
        () -> {
          Signing signing = open();
          Outputs outputs = destination.prepare(files, true);
          ProgramWork<SignResult> work =
              (program, messages) -> sign(program, signing, outputs, messages);
          return work.opening(destination.group());
        });
  }

  /**
   * Writes a signature of the only file to a file of its own, beside signatures that this has
   * already.
   *
   * @param signature created or extended: CMS SignedData in DER (RFC 5652)
   * @return what was written
   * @throws IOException if a file cannot be read or written, or a time stamp cannot be had
   * @throws HardwireException if the file or an earlier signature does not verify, or the key
   *     cannot be used
   * @throws IllegalStateException if there is no key
   */
  public SignResult detached(Path signature) throws IOException {
    return Failure.translated(
        () -> {
          FileSigner signer = open().signer();
          Optional<Bytes> existing =
              Files.exists(signature) ? Optional.of(signatures(signature)) : Optional.empty();
          OutputFile.write(signature, signer.detached(files.get(0).file(), existing));
          return new SignResult(
              signature, signer.identity().subject(), signer.identity().keyKind(), List.of());
        });
  }

  private static Bytes signatures(Path file) throws IOException, VerificationFailure {
    Bytes cms = InputFile.read(file);
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

  private Signing open() throws IOException {
    return credentials.orElseThrow(() -> new IllegalStateException("no key")).open(files.size());
  }

  private static FileResult<SignResult> sign(
      ProgramFile program, Signing signing, Outputs outputs, WorkMessages messages)
      throws IOException, VerificationFailure {
    program.elf(); // a damaged file is refused before anything else
    TreeEntry entry = program.entry();
    FileSigner signer = signing.signer();
    if (!entry.named() && !program.isPatched()) {
      return FileResult.skipped(Refused.NOT_PATCHED);
    }
    if (!entry.named() && outputs.place().isInPlace() && signer.holds(program)) {
      messages.note(entry.file(), "this key has signed it, and the signature is valid");
      return FileResult.already(entry.file());
    }
    messages.note(entry.file(), "to be verified, and then signed: " + signer.described());
    FileSigner.Written written =
        signer.embed(program, (start, end) -> outputs.write(program, start, end, messages));
    signing.make(written.target(), written.signed());
    return FileResult.done(
        written.target(),
        new SignResult(
            written.target(),
            signer.identity().subject(),
            signer.identity().keyKind(),
            messages.warnings()),
        messages.finished());
  }
}
