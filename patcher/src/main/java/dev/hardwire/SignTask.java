package dev.hardwire;

import dev.hardwire.output.Outputs;
import dev.hardwire.work.FileSigner;
import dev.hardwire.work.Signing;
import java.io.IOException;
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
    return FileResult.only(files, each(destination));
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
    return HardwireException.translated(
        () -> {
          Signing signing = open();
          Outputs outputs = destination.prepare(files, true);
          return FileResult.work(
              signing.work(outputs),
              destination.group(),
              (file, warnings) -> SignResult.of(file, signing.signer(), warnings));
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
    return HardwireException.translated(
        files.get(0).file(),
        () -> {
          FileSigner signer = open().signer();
          signer.detached(files.get(0).file(), signature);
          return SignResult.of(signature, signer, List.of());
        });
  }

  private Signing open() throws IOException {
    return credentials.orElseThrow(() -> new IllegalStateException("no key")).open(files.size());
  }
}
