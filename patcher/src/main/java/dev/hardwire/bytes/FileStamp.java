package dev.hardwire.bytes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What tells one state of a file from another: as long as it is the same, and not so new that two
 * changes could bear the same time, the contents are.
 *
 * @param key device and inode
 * @param size in bytes
 * @param written when the contents changed
 * @param changed when anything did
 */
public record FileStamp(Object key, long size, FileTime written, FileTime changed) {
  private static final String ATTRIBUTES = "fileKey,size,lastModifiedTime,ctime";

  /** The kernel stamps files with a clock that is a little late. */
  private static final Duration CLOCK_LAG = Duration.ofMillis(50);

  /** A time before which changes have their stamps; what happens from now on has later ones. */
  public static Instant settled() {
    return Instant.now().minus(CLOCK_LAG);
  }

  /** Of the file that a name stands for; links are followed. */
  public static FileStamp of(Path file) throws IOException {
    return of(Files.readAttributes(file, "unix:" + ATTRIBUTES));
  }

  /** The same if it is a regular one. */
  public static Optional<FileStamp> ofRegular(Path file) throws IOException {
    Map<String, Object> all = Files.readAttributes(file, "unix:isRegularFile," + ATTRIBUTES);
    return all.get("isRegularFile").equals(true) ? Optional.of(of(all)) : Optional.empty();
  }

  private static FileStamp of(Map<String, Object> all) {
    return new FileStamp(
        all.get("fileKey"),
        (Long) all.get("size"),
        (FileTime) all.get("lastModifiedTime"),
        (FileTime) all.get("ctime"));
  }

  /** Whether anything happened to the file at that time or later. */
  public boolean isSince(Instant time) {
    return !changed.toInstant().isBefore(time);
  }

  /** Whether a file with the same inode has the contents that it had in another state. */
  boolean hasContentsOf(FileStamp other) {
    return size == other.size && written.equals(other.written);
  }

  /** By hand: the generated ones take a start twenty milliseconds. */
  @Override
  public boolean equals(Object other) {
    return other instanceof FileStamp that
        && size == that.size
        && key.equals(that.key)
        && written.equals(that.written)
        && changed.equals(that.changed);
  }

  @Override
  public int hashCode() {
    return changed.hashCode();
  }
}
