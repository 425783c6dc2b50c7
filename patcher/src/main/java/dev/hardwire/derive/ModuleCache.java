package dev.hardwire.derive;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.derive.module.Module;
import dev.hardwire.elf.ElfFormatException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Libraries that were read and scanned, each once. */
public final class ModuleCache {
  /** Larger files are not analysed, in bytes. */
  private static final long LARGEST = 1L << 30;

  private final Map<Path, Module> modules = new ConcurrentHashMap<>();

  /**
   * Reads and scans a library, unless that was done before.
   *
   * @throws IOException if it cannot be read
   * @throws DeriveException if it is not an x86-64 program or library that can be analysed
   */
  Module library(Path path) throws IOException {
    Path real = path.toRealPath();
    Module known = modules.get(real);
    if (known == null) {
      known = read(path);
      modules.put(real, known);
    }
    return known;
  }

  /** Reads and scans a file that is needed only once. */
  static Module read(Path path) throws IOException {
    Path real = path.toRealPath();
    if (!Files.isRegularFile(real)) {
      throw new FileSystemException(path.toString(), null, "not a regular file");
    }
    if (Files.size(real) > LARGEST) {
      throw new DeriveException(path + ": larger than 1 GiB; cannot be analysed");
    }
    Bytes bytes = Bytes.wrap(Files.readAllBytes(real));
    try {
      return Module.of(path.toString(), bytes);
    } catch (ElfFormatException e) {
      throw new DeriveException("%s: %s".formatted(path, e.getMessage()));
    } catch (BytesException | IndexOutOfBoundsException e) {
      throw new DeriveException("%s: a table is damaged: %s".formatted(path, e.getMessage()));
    }
  }
}
