package dev.hardwire.image;

import dev.hardwire.bytes.FileBytes;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Copies a large file by {@code cp} of the GNU coreutils, in which the kernel moves the bytes:
 * where the file system can, the copy shares them with the original, and holes stay holes. It runs
 * while the original is read.
 */
final class KernelCopy implements BaseCopy {
  private final FileBytes file;
  private final Process process;

  private KernelCopy(FileBytes file, Process process) {
    this.file = file;
    this.process = process;
  }

  /**
   * Starts to copy; empty where there is no {@code cp}.
   *
   * @param to a file that is there and empty
   */
  static Optional<KernelCopy> start(FileBytes file, Path to) {
    List<String> command =
        List.of(
            "cp",
            "--reflink=auto",
            "--sparse=auto",
            "--",
            file.path().toAbsolutePath().toString(),
            to.toAbsolutePath().toString());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      return Optional.of(new KernelCopy(file, builder.start()));
    } catch (IOException e) {
      return Optional.empty(); // and the bytes are copied here
    }
  }

  @Override
  public FileBytes file() {
    return file;
  }

  /**
   * Waits for the end.
   *
   * @return whether the copy is one of the file that is open, as it was when it was opened
   */
  @Override
  public boolean isDone() throws IOException {
    try {
      return process.waitFor() == 0 && file.isUnchanged();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while copying " + file.path(), e);
    }
  }

  @Override
  public boolean has(int block) {
    return true;
  }

  /** Ends it, whether it is done or not. */
  @Override
  public void stop() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it writes to a file that has no name any more
    }
  }
}
