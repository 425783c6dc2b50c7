package dev.hardwire.stub;

import dev.hardwire.policy.Landlock;

/**
 * The rights of Landlock by version of its ABI: linux/landlock.h.
 *
 * <p>Numbers of versions are 1 (Linux 5.13), 2 (5.19), 3 (6.2), 4 (6.7), 5 (6.10), 6 (6.12), 7
 * (6.15), 8 (7.0), 9 (7.1) and 10 (7.2). A right or a flag of version 9 or 10 is used only if the
 * policy has the key for it, and so are the flags of version 7.
 */
final class LandlockRights {
  static final long EXECUTE = 1;
  static final long WRITE_FILE = 1 << 1;
  static final long READ_FILE = 1 << 2;
  static final long READ_DIR = 1 << 3;
  static final long REMOVE_DIR = 1 << 4;
  static final long REMOVE_FILE = 1 << 5;
  static final long MAKE_CHAR = 1 << 6;
  static final long MAKE_DIR = 1 << 7;
  static final long MAKE_REG = 1 << 8;
  static final long MAKE_SOCK = 1 << 9;
  static final long MAKE_FIFO = 1 << 10;
  static final long MAKE_BLOCK = 1 << 11;
  static final long MAKE_SYM = 1 << 12;
  static final long REFER = 1 << 13;
  static final long TRUNCATE = 1 << 14;
  static final long IOCTL_DEV = 1 << 15;
  static final long RESOLVE_UNIX = 1 << 16;

  static final long BIND_TCP = 1;
  static final long CONNECT_TCP = 1 << 1;
  static final long BIND_UDP = 1 << 2;
  static final long CONNECT_SEND_UDP = 1 << 3;

  private static final long ABSTRACT_UNIX_SOCKET = 1;
  static final long SIGNAL = 1 << 1;

  private static final long LOG_SAME_EXEC_OFF = 1;
  private static final long LOG_NEW_EXEC_ON = 1 << 1;
  private static final long RESTRICT_SELF_TSYNC = 1 << 3;

  /** Rights that apply to files; the others are those of directories. */
  private static final long FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV;

  /** Devices cannot be made: whoever can make one of the disk needs no other right. */
  private static final long WRITE =
      WRITE_FILE
          | REMOVE_DIR
          | REMOVE_FILE
          | MAKE_DIR
          | MAKE_REG
          | MAKE_SOCK
          | MAKE_FIFO
          | MAKE_SYM
          | REFER
          | TRUNCATE
          | IOCTL_DEV;

  static final int FIRST_PORTS = 4;
  private static final int FIRST_REFER = 2;
  private static final int FIRST_TRUNCATE = 3;
  private static final int FIRST_IOCTL = 5;
  private static final int FIRST_TSYNC = 8;

  private LandlockRights() {}

  private static long files(int abi) {
    long rights = REFER - 1;
    rights |= abi >= FIRST_REFER ? REFER : 0;
    rights |= abi >= FIRST_TRUNCATE ? TRUNCATE : 0;
    return rights | (abi >= FIRST_IOCTL ? IOCTL_DEV : 0);
  }

  /**
   * What a rule for a path grants.
   *
   * @param directory whether it is one; for a file, the kernel refuses rights of directories
   */
  static long granted(boolean read, boolean write, boolean execute, boolean directory, int abi) {
    long rights = read ? READ_FILE | READ_DIR : 0;
    rights |= write ? WRITE : 0;
    rights |= execute ? EXECUTE : 0;
    return rights & files(abi) & (directory ? -1 : FILE);
  }

  /**
   * handled_access_fs: every right of files that the kernel has. Without rules for files it is
   * REFER alone, which a rule for / then grants: a ruleset that does not handle it denies it.
   */
  static long handledFiles(Landlock landlock, int abi) {
    return (files(abi) & (landlock.restrictsFiles() ? -1 : REFER)) | handledUnix(landlock, abi);
  }

  /** The part of handled_access_fs for unix sockets with a path. */
  static long handledUnix(Landlock landlock, int abi) {
    return landlock.connectUnix().isPresent() && abi >= Landlock.UNIX ? RESOLVE_UNIX : 0;
  }

  /** quiet_access_fs: every right whose denial may be kept out of the log. */
  static long quietFiles(Landlock landlock, int abi) {
    boolean isQuiet = !landlock.quiet().isEmpty() && abi >= Landlock.QUIET;
    return isQuiet ? handledFiles(landlock, abi) : 0;
  }

  /** What a rule for / grants that keeps moves possible. */
  static long moves(int abi) {
    return files(abi) & REFER;
  }

  /** handled_access_net. */
  static long handledPorts(Landlock landlock, int abi) {
    long tcp = landlock.restrictsPorts() && abi >= FIRST_PORTS ? BIND_TCP | CONNECT_TCP : 0;
    return tcp | handledUdp(landlock, abi);
  }

  /** The part of handled_access_net for UDP. */
  static long handledUdp(Landlock landlock, int abi) {
    return landlock.restrictsUdp() && abi >= Landlock.UDP ? BIND_UDP | CONNECT_SEND_UDP : 0;
  }

  static long scoped(Landlock landlock, int abi) {
    long scoped = 0;
    for (Landlock.Scope scope : landlock.scope()) {
      scoped |= scope == Landlock.Scope.SIGNAL ? SIGNAL : ABSTRACT_UNIX_SOCKET;
    }
    return abi >= Landlock.SCOPE ? scoped : 0;
  }

  /** The flags of landlock_restrict_self: all threads, where the kernel can do that, and logs. */
  static long flags(Landlock landlock, int abi) {
    long log =
        switch (landlock.logDenials()) {
          case NONE -> LOG_SAME_EXEC_OFF;
          case PROGRAM -> 0;
          case ALL -> LOG_NEW_EXEC_ON;
        };
    return (abi >= FIRST_TSYNC ? RESTRICT_SELF_TSYNC : 0) | (abi >= Landlock.LOG ? log : 0);
  }

  /** The first version from which on the steps of a section are the same. */
  static int newest(Landlock landlock) {
    int used = Math.max(landlock.neededAbi(), landlock.leastAbi());
    return Math.max(FIRST_TSYNC, used);
  }
}
