package dev.hardwire.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The state of a file, as statx(2) tells it.
 *
 * @param device its device, major and minor number
 * @param inode its number there
 * @param mode type and permissions
 * @param size in bytes
 * @param modified when the contents changed last, in nanoseconds
 * @param changed when contents, attributes or names changed last, in nanoseconds
 */
public record FileStatus(
    long device,
    long inode,
    int mode,
    int links,
    int user,
    int group,
    long size,
    long modified,
    long changed) {
  /** Of {@code struct statx}. */
  static final int SIZE = 256;

  /** {@code STATX_BASIC_STATS}. */
  static final int BASIC = 0x7ff;

  static final long NANOSECONDS = 1_000_000_000;
  private static final int TYPE = 0170000;
  private static final int REGULAR = 0100000;
  private static final int LINK = 0120000;
  private static final int DIRECTORY = 0040000;
  private static final int PERMISSIONS = 07777;
  private static final int WRITABLE_BY_OTHERS = 022;

  static FileStatus read(ByteBuffer memory, int at) {
    return new FileStatus(
        (long) memory.getInt(at + 136) << 32 | (memory.getInt(at + 140) & 0xffff_ffffL),
        memory.getLong(at + 32),
        memory.getShort(at + 28) & 0xffff,
        memory.getInt(at + 16),
        memory.getInt(at + 20),
        memory.getInt(at + 24),
        memory.getLong(at + 40),
        time(memory, at + 112),
        time(memory, at + 96));
  }

  /** A {@code struct statx_timestamp}; times that no clock shows may be taken for others. */
  private static long time(ByteBuffer memory, int at) {
    return memory.getLong(at) * NANOSECONDS + memory.getInt(at + 8);
  }

  /** Whether it is a regular file. */
  public boolean isRegular() {
    return (mode & TYPE) == REGULAR;
  }

  public boolean isLink() {
    return (mode & TYPE) == LINK;
  }

  public boolean isDirectory() {
    return (mode & TYPE) == DIRECTORY;
  }

  /** Permissions, and the setuid, setgid and sticky bits. */
  public int permissions() {
    return mode & PERMISSIONS;
  }

  /** Whether it belongs to this user, and no other user but root may write it. */
  public boolean isOwn() throws IOException {
    try (Directory self = Directory.open(Path.of("/proc/self"))) {
      return user == self.status().user() && (mode & WRITABLE_BY_OTHERS) == 0;
    }
  }

  /** Whether this is the same file, which has not changed: neither contents nor attributes. */
  public boolean isUnchangedFrom(FileStatus earlier) {
    return hasContentsOf(earlier) && changed == earlier.changed;
  }

  /** Whether this is the same file with the same contents. */
  public boolean hasContentsOf(FileStatus earlier) {
    return isSameFile(earlier) && size == earlier.size && modified == earlier.modified;
  }

  /** Whether this is the same file, whatever it contains. */
  public boolean isSameFile(FileStatus other) {
    return device == other.device && inode == other.inode;
  }
}
