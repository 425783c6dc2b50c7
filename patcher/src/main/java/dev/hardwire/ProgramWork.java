package dev.hardwire;

import dev.hardwire.input.ProgramFile;
import dev.hardwire.output.OutputGroup;
import dev.hardwire.work.VerificationFailure;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Work on an open program. */
interface ProgramWork<T> {
  /** Does it. */
  FileResult<T> run(ProgramFile program, WorkMessages messages)
      throws IOException, VerificationFailure;

  /** The same work on files, which are opened first; those that are no executables are skipped. */
  default FileWork<T> opening(Optional<OutputGroup> group) {
    return (file, messages) ->
        Failure.translated(
            () -> {
              try (ProgramFile program = open(file)) {
                return program.skipped().isPresent()
                    ? FileResult.skipped(program.skipped().get())
                    : run(program, new WorkMessages(messages, group));
              }
            });
  }

  /** Opens a file. */
  static ProgramFile open(FoundFile file) throws IOException {
    if (file.unreadable().isPresent()) {
      throw file.unreadable().get();
    }
    return ProgramFile.open(file.entry(), file.content().orElse(null));
  }

  /** Does work on the only file, which was named. */
  static <T> T only(List<FoundFile> files, FileWork<T> work) throws IOException {
    if (files.size() != 1) {
      throw new IllegalStateException("not one file, but " + files.size());
    }
    return work.run(files.get(0), Messages.NONE).result().orElseThrow();
  }
}
