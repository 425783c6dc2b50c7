package dev.hardwire.work;

import dev.hardwire.input.ProgramFile;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;

/** Work on a file that was named or found. */
@FunctionalInterface
public interface ProgramWork<T> {
  /** Work on an open program. */
  interface OnOpen<T> {
    Outcome<T> run(ProgramFile program, WorkMessages messages)
        throws IOException, VerificationFailure;
  }

  Outcome<T> run(TreeEntry file, WorkMessages messages) throws IOException, VerificationFailure;

  /** Opens files first; those that are no executables are skipped. */
  static <T> ProgramWork<T> opening(OnOpen<T> work) {
    return (file, messages) -> {
      try (ProgramFile program = open(file)) {
        return program.skipped().isPresent()
            ? Outcome.skipped(program.skipped().get())
            : work.run(program, messages);
      }
    };
  }

  static ProgramFile open(TreeEntry file) throws IOException {
    if (file.unreadable().isPresent()) {
      throw file.unreadable().get();
    }
    return ProgramFile.open(file);
  }
}
