package dev.hardwire;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.output.Outputs;
import dev.hardwire.work.Restoration;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The restoration of originals. Immutable. */
public final class RestoreTask {
  private final List<FoundFile> files;

  RestoreTask(List<FoundFile> files) {
    this.files = List.copyOf(files);
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
    return FileResult.only(files, each(Destination.file(output)));
  }

  /**
   * Replaces the input by its original. If the input is a symbolic link, its target is replaced.
   *
   * @return what was written
   * @throws IOException if the file cannot be read or written
   * @throws HardwireException if the file is not patched, or was changed since
   */
  public RestoreResult inPlace() throws IOException {
    return FileResult.only(files, each(Destination.inPlace()));
  }

  /**
   * Gives the original of a program that is in memory back.
   *
   * @param program the bytes of a patched executable
   * @return the bytes of the original
   * @throws IOException never; it is declared as for files
   * @throws HardwireException if the program is not patched, or was changed since
   */
  public byte[] on(byte[] program) throws IOException {
    return HardwireException.translated(
        () -> Restoration.original(Bytes.copyOf(program)).toArray());
  }

  /**
   * Prepares to restore each file. A file that was found and is not patched is skipped.
   *
   * @param destination of the originals
   * @return restores one file
   * @throws IOException if a directory cannot be read or made
   * @throws HardwireException if two results would have one path
   */
  public FileWork<RestoreResult> each(Destination destination) throws IOException {
    Outputs outputs = HardwireException.translated(() -> destination.prepare(files, true));
    return FileResult.work(Restoration.work(outputs), destination.group(), RestoreResult::of);
  }
}
