package dev.hardwire.os;

import java.nio.ByteBuffer;

/**
 * The state of a file, as statx(2) tells it.
 *
 * @param device its device, major and minor number
 * @param inode its number there
 * @param mode type and permissions
 * @param size in bytes
 */
public record FileStatus(
    long device, long inode, int mode, int links, int user, int group, long size) {
  /** Of {@code struct statx}. */
  static final int SIZE = 256;

  /** {@code STATX_BASIC_STATS}. */
  static final int BASIC = 0x7ff;

  private static final int TYPE = 0170000;
  private static final int REGULAR = 0100000;
  private static final int LINK = 0120000;
  private static final int DIRECTORY = 0040000;
  private static final int PERMISSIONS = 07777;

  static FileStatus read(ByteBuffer memory, int at) {
    return new FileStatus(
        (long) memory.getInt(at + 136) << 32 | (memory.getInt(at + 140) & 0xffff_ffffL),
        memory.getLong(at + 32),
        memory.getShort(at + 28) & 0xffff,
        memory.getInt(at + 16),
        memory.getInt(at + 20),
        memory.getInt(at + 24),
        memory.getLong(at + 40));
  }

  /** Whether it is a regular file. */
  public boolean isRegular() {
    return (mode & TYPE) == REGULAR;
  }

  /** Whether it is a symbolic link. */
  public boolean isLink() {
    return (mode & TYPE) == LINK;
  }

  /** Whether it is a directory. */
  public boolean isDirectory() {
    return (mode & TYPE) == DIRECTORY;
  }

  /** Permissions, and the setuid, setgid and sticky bits. */
  public int permissions() {
    return mode & PERMISSIONS;
  }

  /** Whether both are regular files with the same owner, group and permissions. */
  public boolean isLike(FileStatus other) {
    return isRegular() && mode == other.mode && user == other.user && group == other.group;
  }
}
