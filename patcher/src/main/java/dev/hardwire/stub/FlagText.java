package dev.hardwire.stub;

import java.util.ArrayList;
import java.util.List;

/** Formats sets of bits by their names. */
final class FlagText {
  /** LANDLOCK_ACCESS_FS_ names, in the order of their bits (linux/landlock.h). */
  static final List<String> FILES =
      List.of(
          "EXECUTE",
          "WRITE_FILE",
          "READ_FILE",
          "READ_DIR",
          "REMOVE_DIR",
          "REMOVE_FILE",
          "MAKE_CHAR",
          "MAKE_DIR",
          "MAKE_REG",
          "MAKE_SOCK",
          "MAKE_FIFO",
          "MAKE_BLOCK",
          "MAKE_SYM",
          "REFER",
          "TRUNCATE",
          "IOCTL_DEV",
          "RESOLVE_UNIX");

  /** LANDLOCK_ACCESS_NET_ names. */
  static final List<String> PORTS =
      List.of("BIND_TCP", "CONNECT_TCP", "BIND_UDP", "CONNECT_SEND_UDP");

  /** LANDLOCK_SCOPE_ names. */
  static final List<String> SCOPED = List.of("ABSTRACT_UNIX_SOCKET", "SIGNAL");

  /** LANDLOCK_RESTRICT_SELF_ names. */
  static final List<String> RESTRICT_SELF =
      List.of("LOG_SAME_EXEC_OFF", "LOG_NEW_EXEC_ON", "LOG_SUBDOMAINS_OFF", "TSYNC");

  private FlagText() {}

  /** The names of the bits that are set, and the other bits as a number. */
  static String of(long bits, String prefix, List<String> names) {
    List<String> set = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if ((bits >>> i & 1) != 0) {
        set.add(prefix + names.get(i));
      }
    }
    long rest = bits >>> names.size() << names.size();
    if (rest != 0 || set.isEmpty()) {
      set.add("0x" + Long.toHexString(rest));
    }
    return String.join("|", set);
  }
}
