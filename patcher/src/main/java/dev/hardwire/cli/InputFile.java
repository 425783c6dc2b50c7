package dev.hardwire.cli;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/**
 * A file that the user names; symbolic links are followed. Programs are opened, everything else is
 * read whole.
 */
final class InputFile implements Closeable {
  private static final long LIMIT = Integer.MAX_VALUE - 64L;

  /** Larger programs stay on disk, so that they take no memory. */
  private static final long ON_DISK_FROM = 1 << 23;

  /** No program is larger; a sparse file that says so would take minutes to read. */
  private static final long LARGEST = 1L << 36;

  private final Bytes bytes;
  private final Optional<FileBytes> file;

  private InputFile(Bytes bytes, Optional<FileBytes> file) {
    this.bytes = bytes;
    this.file = file;
  }

  /** Opens a file to read it where it is looked at. */
  static InputFile open(Path path) throws IOException {
    long size = size(path);
    if (size > LARGEST) {
      throw new FileSystemException(path.toString(), null, "larger than 64 GiB");
    }
    if (size <= ON_DISK_FROM) {
      return new InputFile(Bytes.wrap(Files.readAllBytes(path)), Optional.empty());
    }
    FileBytes file = FileBytes.open(path);
    return new InputFile(file.bytes(), Optional.of(file));
  }

  /** The contents, as long as it is open. */
  Bytes bytes() {
    return bytes;
  }

  /** The open file, if it is large. */
  Optional<FileBytes> file() {
    return file;
  }

  @Override
  public void close() throws IOException {
    if (file.isPresent()) {
      file.get().close();
    }
  }

  /** Reads a whole file. */
  static Bytes read(Path path) throws IOException {
    require(path);
    return Bytes.wrap(Files.readAllBytes(path));
  }

  /** Checks that a file can be read whole. */
  static void require(Path path) throws IOException {
    if (size(path) > LIMIT) {
      throw new FileSystemException(path.toString(), null, "larger than 2 GiB");
    }
  }

  /** The size of a regular file. */
  private static long size(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    if (!attributes.isRegularFile()) {
      throw new FileSystemException(path.toString(), null, "not a regular file");
    }
    return attributes.size();
  }
}
