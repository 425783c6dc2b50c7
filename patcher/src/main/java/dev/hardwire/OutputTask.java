package dev.hardwire;

import dev.hardwire.batch.TreeEntry;
import dev.hardwire.core.VerificationFailure;
import dev.hardwire.core.files.OutputPlace;
import dev.hardwire.core.files.Outputs;
import dev.hardwire.core.files.ProgramFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The part that tasks have in common which make one file of another. */
final class OutputTask {
  /** Makes the result of an open program. */
  interface Work<T> {
    T run(ProgramFile program, Outputs outputs, WarningList warnings)
        throws IOException, VerificationFailure;
  }

  private OutputTask() {}

  /** Writes the result to another file. */
  static <T> T to(Path file, Path output, Work<T> work) throws IOException {
    return run(file, new OutputPlace.OneFile(output), work);
  }

  /** Replaces the file by the result. */
  static <T> T inPlace(Path file, Work<T> work) throws IOException {
    return run(file, new OutputPlace.InPlace(), work);
  }

  private static <T> T run(Path file, OutputPlace place, Work<T> work) throws IOException {
    return Failure.translated(
        () -> {
          TreeEntry entry = TreeEntry.named(file);
          Outputs outputs = Outputs.prepare(place, List.of(entry));
          try (ProgramFile program = ProgramFile.open(entry)) {
            return work.run(program, outputs, new WarningList());
          }
        });
  }
}
