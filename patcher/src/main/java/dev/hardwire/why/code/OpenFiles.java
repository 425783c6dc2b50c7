package dev.hardwire.why.code;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Files that are read to find functions in them. Large ones stay open until this is closed. */
public final class OpenFiles implements Closeable {
  /** Larger files, in bytes, are not read into memory. */
  private static final long ON_DISK_FROM = 1 << 24;

  private final Map<Path, Optional<Bytes>> contents = new HashMap<>();
  private final List<FileBytes> open = new ArrayList<>();

  /** The contents of a file; empty if it cannot be read, or is no file. */
  public Optional<Bytes> read(Path file) {
    return contents.computeIfAbsent(file, this::readNew);
  }

  private Optional<Bytes> readNew(Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        return Optional.empty();
      }
      if (Files.size(file) < ON_DISK_FROM) {
        return Optional.of(Bytes.wrap(Files.readAllBytes(file)));
      }
      FileBytes bytes = FileBytes.open(file);
      open.add(bytes);
      return Optional.of(bytes.bytes());
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }

  @Override
  public void close() throws IOException {
    for (FileBytes file : open) {
      file.close();
    }
  }
}
