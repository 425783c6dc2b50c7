package dev.hardwire.image;

import dev.hardwire.os.Descriptor;
import dev.hardwire.os.FileStatus;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * The file that a result is made from. It is opened once: contents and attributes are those of one
 * file, whatever its name stands for later.
 */
public final class SourceFile implements Closeable {
  private final Path path;
  private final Descriptor descriptor;
  private final FileStatus status;

  private SourceFile(Path path, Descriptor descriptor, FileStatus status) {
    this.path = path;
    this.descriptor = descriptor;
    this.status = status;
  }

  /** Opens a regular file; symbolic links are followed. */
  public static SourceFile open(Path path) throws IOException {
    Descriptor descriptor = Descriptor.open(path);
    try {
      FileStatus status = descriptor.status();
      if (!status.isRegular()) {
        throw new FileSystemException(path.toString(), null, "not a regular file");
      }
      return new SourceFile(path, descriptor, status);
    } catch (IOException e) {
      descriptor.close();
      throw e;
    }
  }

  /** The name under which it was opened. */
  public Path path() {
    return path;
  }

  /** The open file. */
  public Descriptor descriptor() {
    return descriptor;
  }

  /** Its state when it was opened. */
  public FileStatus status() {
    return status;
  }

  @Override
  public void close() throws IOException {
    descriptor.close();
  }
}
