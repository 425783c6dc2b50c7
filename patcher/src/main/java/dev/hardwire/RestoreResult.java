package dev.hardwire;

import dev.hardwire.work.Restoration;
import java.nio.file.Path;
import java.util.List;

/**
 * An original that was restored.
 *
 * @param file the file that was written
 * @param sha256 its SHA-256, 64 hexadecimal digits
 * @param size its size in bytes
 * @param warnings what could not be done as asked, a clause each
 */
public record RestoreResult(Path file, String sha256, long size, List<String> warnings) {
  static RestoreResult of(Restoration.Result restored, List<String> warnings) {
    return new RestoreResult(restored.target(), restored.sha256(), restored.size(), warnings);
  }
}
