package dev.hardwire.why.code;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.input.SourceFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Files that are read to find functions in them. Large ones stay open until this is closed.
 *
 * <p>Logs and core files name them, so their number and the memory that they take are limited.
 */
public final class OpenFiles implements Closeable {
  /** Larger files, in bytes, are not read into memory. */
  private static final long ON_DISK_FROM = 1 << 24;

  /** Of all files in memory, in bytes; others are read where they are. */
  private static final long MOST_IN_MEMORY = 1 << 28;

  private static final int MOST_FILES = 1 << 14;

  private final Map<Path, Optional<Bytes>> contents = new HashMap<>();
  private final List<FileBytes> open = new ArrayList<>();

  private long inMemory;

  /** The contents of a file; empty if it cannot be read, or is no file, or one too many. */
  public Optional<Bytes> read(Path file) {
    if (contents.size() >= MOST_FILES && !contents.containsKey(file)) {
      return Optional.empty();
    }
    return contents.computeIfAbsent(file, this::readNew);
  }

  private Optional<Bytes> readNew(Path file) {
    try (SourceFile source = SourceFile.open(file)) {
      long size = source.status().size();
      if (size == 0) {
        return Optional.empty(); // files of the kernel may have no end
      }
      FileBytes bytes = FileBytes.open(file, source.descriptor().path());
      if (size < ON_DISK_FROM && inMemory + size <= MOST_IN_MEMORY) {
        try (bytes) {
          inMemory += size;
          return Optional.of(Bytes.wrap(bytes.bytes().toArray()));
        }
      }
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
