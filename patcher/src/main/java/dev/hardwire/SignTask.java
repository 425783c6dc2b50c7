package dev.hardwire;

import dev.hardwire.core.FileSigner;
import dev.hardwire.core.VerificationFailure;
import dev.hardwire.core.files.Outputs;
import dev.hardwire.core.files.ProgramFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The signing of one patched executable. Immutable: each setter returns a new task. */
public final class SignTask {
  private final Path file;
  private final Optional<Credentials> credentials;

  SignTask(Path file) {
    this(file, Optional.empty());
  }

  private SignTask(Path file, Optional<Credentials> credentials) {
    this.file = file;
    this.credentials = credentials;
  }

  /**
   * Sets the key.
   *
   * @param newCredentials read when the executable is signed
   * @return a new task
   */
  public SignTask with(Credentials newCredentials) {
    return new SignTask(file, Optional.of(newCredentials));
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
    requireKey();
    return OutputTask.to(file, output, this::sign);
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
    requireKey();
    return OutputTask.inPlace(file, this::sign);
  }

  private void requireKey() {
    if (credentials.isEmpty()) {
      throw new IllegalStateException("no key");
    }
  }

  private SignResult sign(ProgramFile program, Outputs outputs, WarningList warnings)
      throws IOException, VerificationFailure {
    FileSigner signer = credentials.orElseThrow().signer();
    FileSigner.Written written =
        signer.embed(program, (start, end) -> outputs.write(program, start, end, warnings));
    return new SignResult(
        written.target(),
        signer.identity().subject(),
        signer.identity().keyKind(),
        warnings.messages());
  }
}
