package dev.hardwire.bytes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;

/**
 * The identity and times of a file, which identify a state of its contents: if the stamp is
 * unchanged, and not so recent that two changes could have the same time, the contents are
 * unchanged.
 *
 * @param key device and inode
 * @param size in bytes
 * @param written time of the last change of the contents
 * @param changed time of the last change of contents or metadata
 */
public record FileStamp(Object key, long size, FileTime written, FileTime changed) {
  private static final String ATTRIBUTES = "fileKey,size,lastModifiedTime,ctime";

  /** The stamp of the file at a path; links are followed. */
  public static FileStamp of(Path file) throws IOException {
    return of(Files.readAttributes(file, "unix:" + ATTRIBUTES));
  }

  private static FileStamp of(Map<String, Object> all) {
    return new FileStamp(
        all.get("fileKey"),
        (Long) all.get("size"),
        (FileTime) all.get("lastModifiedTime"),
        (FileTime) all.get("ctime"));
  }

  /** Whether a file with the same inode has the contents that it had in another state. */
  boolean hasContentsOf(FileStamp other) {
    return size == other.size && written.equals(other.written);
  }

  /** Written by hand: the generated methods cost twenty milliseconds at start-up. */
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
