package dev.hardwire.learn.paths;

import java.util.ArrayList;
import java.util.List;

/** What a section {@code landlock:} grants, so that the kernel does not deny a right. */
public enum Grant {
  /** A path may be read. */
  READ("read"),
  /** A path may be written. */
  WRITE("write"),
  /** A path may be executed. */
  EXECUTE("execute"),
  /** A TCP port may be connected to. */
  CONNECT("connect"),
  /** A TCP port may be bound. */
  BIND("bind"),
  /** Datagrams may be sent to a UDP port. */
  CONNECT_UDP("connect-udp"),
  /** A UDP port may be bound. */
  BIND_UDP("bind-udp"),
  /** A unix socket may be reached. */
  CONNECT_UNIX("connect-unix"),
  /** Signals to processes outside. */
  SIGNAL("signal"),
  /** Abstract unix sockets of processes outside. */
  ABSTRACT_UNIX_SOCKET("abstract-unix-socket"),
  /** Making devices, which no key allows. */
  DEVICES(""),
  /** What Landlock always denies. */
  NEVER("");

  private final String text;

  Grant(String text) {
    this.text = text;
  }

  /** The list to which a path or a port is added, or what is taken out of {@code scope}. */
  @Override
  public String toString() {
    return text;
  }

  public boolean isOfPaths() {
    return this == READ || this == WRITE || this == EXECUTE || this == CONNECT_UNIX;
  }

  public boolean isOfPorts() {
    return this == CONNECT || this == BIND || this == CONNECT_UDP || this == BIND_UDP;
  }

  /**
   * What a policy must grant.
   *
   * @param blockers rights as the kernel's records name them, such as {@code fs.read_file}
   * @return each once, in the order of the rights
   */
  public static List<Grant> of(List<String> blockers) {
    List<Grant> grants = new ArrayList<>();
    for (String blocker : blockers) {
      Grant grant = of(blocker);
      if (!grants.contains(grant)) {
        grants.add(grant);
      }
      if (grant == EXECUTE && !grants.contains(READ)) {
        grants.add(READ); // the kernel opens what it executes for reading, too
      }
    }
    return grants;
  }

  private static Grant of(String blocker) {
    return switch (blocker) {
      case "fs.read_file", "fs.read_dir" -> READ;
      case "fs.execute" -> EXECUTE;
      case "fs.make_char", "fs.make_block" -> DEVICES;
      case "fs.resolve_unix" -> CONNECT_UNIX;
      case "net.connect_tcp" -> CONNECT;
      case "net.bind_tcp" -> BIND;
      case "net.connect_send_udp" -> CONNECT_UDP;
      case "net.bind_udp" -> BIND_UDP;
      case "scope.signal" -> SIGNAL;
      case "scope.abstract_unix_socket" -> ABSTRACT_UNIX_SOCKET;
      default -> blocker.startsWith("fs.") && !blocker.equals("fs.change_topology") ? WRITE : NEVER;
    };
  }
}
