package dev.hardwire.why;

import java.util.List;

/**
 * An access that Landlock denied, as the kernel has recorded it.
 *
 * @param program the path of the program whose rules denied it; empty if it is not known
 * @param process that made the rules; 0 if it is not known
 * @param blockers the rights that are missing, such as {@code fs.read_file}
 * @param object a path, a port or the name of a process; empty if there is none
 */
public record DeniedAccess(String program, long process, List<String> blockers, String object) {
  public DeniedAccess {
    blockers = List.copyOf(blockers);
  }

  /** What to add to {@code landlock:} of the policy, or to take out of it. */
  public String remedy() {
    String remedy = "";
    for (String blocker : blockers) {
      String one = remedy(blocker);
      if (!remedy.contains(one)) {
        remedy += remedy.isEmpty() ? one : ", " + one;
      }
    }
    return remedy;
  }

  private String remedy(String blocker) {
    return switch (blocker) {
      case "fs.read_file", "fs.read_dir" -> "read: [" + object + "]";
      case "fs.execute" -> "execute: [" + object + "], read: [" + object + "]";
      case "fs.make_char", "fs.make_block" -> "nothing: no key allows to make devices";
      case "fs.resolve_unix" -> "connect-unix: [" + object + "]";
      case "net.connect_tcp" -> "connect: [" + object + "]";
      case "net.bind_tcp" -> "bind: [" + object + "]";
      case "net.connect_send_udp" -> "connect-udp: [" + object + "]";
      case "net.bind_udp" -> "bind-udp: [" + object + "]";
      case "scope.signal" -> "take signal out of scope";
      case "scope.abstract_unix_socket" -> "take abstract-unix-socket out of scope";
      default ->
          blocker.startsWith("fs.") && !blocker.equals("fs.change_topology")
              ? "write: [" + object + "]"
              : "nothing: Landlock always denies it";
    };
  }
}
