package dev.hardwire.cli;

import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads whole files that the user names; symbolic links are followed. */
final class InputFile {
  private static final long LIMIT = Integer.MAX_VALUE - 64L;

  /** Larger files stay on disk, so that they take no memory. */
  private static final long MAPPED_FROM = 1 << 23;

  private InputFile() {}

  static Bytes read(Path path) throws IOException {
    require(path);
    return Files.size(path) > MAPPED_FROM ? Bytes.map(path) : Bytes.wrap(Files.readAllBytes(path));
  }

  static void require(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (!Files.isRegularFile(path)) {
      throw new FileSystemException(path.toString(), null, "not a regular file");
    }
    if (Files.size(path) > LIMIT) {
      throw new FileSystemException(path.toString(), null, "larger than 2 GiB");
    }
  }
}
