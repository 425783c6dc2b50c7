package dev.hardwire;

import dev.hardwire.core.Restoration;
import dev.hardwire.core.files.Outputs;
import dev.hardwire.core.files.PendingOutput;
import dev.hardwire.core.files.ProgramFile;
import java.io.IOException;
import java.nio.file.Path;

/** The restoration of one original. Immutable. */
public final class RestoreTask {
  private final Path file;

  RestoreTask(Path file) {
    this.file = file;
  }

  /**
   * Writes the original to another file, with mode, owner and attributes of the input.
   *
   * @param output created or replaced; not the input
   * @return what was written
   * @throws IOException if a file cannot be read or written
   * @throws HardwireException if the file is not patched, or was changed since
   */
  public RestoreResult to(Path output) throws IOException {
    return OutputTask.to(file, output, RestoreTask::restore);
  }

  /**
   * Replaces the input by its original. If the input is a symbolic link, its target is replaced.
   *
   * @return what was written
   * @throws IOException if the file cannot be read or written
   * @throws HardwireException if the file is not patched, or was changed since
   */
  public RestoreResult inPlace() throws IOException {
    return OutputTask.inPlace(file, RestoreTask::restore);
  }

  private static RestoreResult restore(ProgramFile program, Outputs outputs, WarningList warnings)
      throws IOException {
    Restoration restoration = Restoration.of(program);
    try (PendingOutput output = outputs.begin(program)) {
      Restoration.Result result = restoration.write(output, warnings);
      return new RestoreResult(
          result.target(), result.sha256(), result.size(), warnings.messages());
    }
  }
}
