package dev.hardwire.os;

import java.nio.ByteBuffer;
import java.util.Set;

/**
 * The state of a mounted file system, as statfs(2) tells it.
 *
 * @param type the magic number of its kind; include/uapi/linux/magic.h
 * @param flags of the mount; include/linux/statfs.h
 */
record FileSystemStatus(int type, int flags) {
  private static final int PROC = 0x9fa0;
  private static final int EXT = 0xef53;
  private static final int XFS = 0x5846_5342;
  private static final int BTRFS = 0x9123_683e;
  private static final Set<Integer> LOCAL = Set.of(EXT, XFS, BTRFS);

  private static final int NO_SETUID = 2;
  private static final int HAS_FLAGS = 0x20;

  static FileSystemStatus read(ByteBuffer memory, int at) {
    return new FileSystemStatus(memory.getInt(at), memory.getInt(at + Kernel.host().statfsFlags()));
  }

  boolean isProc() {
    return type == PROC;
  }

  /**
   * Whether the kernel sets the time of a file's last change (ctime) whenever the contents change.
   *
   * <p>Only this kernel writes to these file systems, and they set the time also when a mapped page
   * is first written to, which a tmpfs does not. If setuid programs have no effect, as on removable
   * disks, the file system is not trusted: it may have been written elsewhere, with any times.
   */
  boolean keepsTimes() {
    return LOCAL.contains(type) && (flags & (HAS_FLAGS | NO_SETUID)) == HAS_FLAGS;
  }
}
