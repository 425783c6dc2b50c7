package dev.hardwire.formats.oci;

import dev.hardwire.text.NearestName;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The names of capabilities, capabilities(7). */
public final class Capabilities {
  /** In the order of linux/capability.h. */
  public static final List<String> NAMES =
      Stream.of(
              "CHOWN",
              "DAC_OVERRIDE",
              "DAC_READ_SEARCH",
              "FOWNER",
              "FSETID",
              "KILL",
              "SETGID",
              "SETUID",
              "SETPCAP",
              "LINUX_IMMUTABLE",
              "NET_BIND_SERVICE",
              "NET_BROADCAST",
              "NET_ADMIN",
              "NET_RAW",
              "IPC_LOCK",
              "IPC_OWNER",
              "SYS_MODULE",
              "SYS_RAWIO",
              "SYS_CHROOT",
              "SYS_PTRACE",
              "SYS_PACCT",
              "SYS_ADMIN",
              "SYS_BOOT",
              "SYS_NICE",
              "SYS_RESOURCE",
              "SYS_TIME",
              "SYS_TTY_CONFIG",
              "MKNOD",
              "LEASE",
              "AUDIT_WRITE",
              "AUDIT_CONTROL",
              "SETFCAP",
              "MAC_OVERRIDE",
              "MAC_ADMIN",
              "SYSLOG",
              "WAKE_ALARM",
              "BLOCK_SUSPEND",
              "AUDIT_READ",
              "PERFMON",
              "BPF",
              "CHECKPOINT_RESTORE")
          .map(name -> "CAP_" + name)
          .toList();

  private Capabilities() {}

  /**
   * What is wrong with a name.
   *
   * @throws IllegalArgumentException if there is no such capability
   */
  public static void check(String name) {
    if (NAMES.contains(name)) {
      return;
    }
    String upper = name.toUpperCase(Locale.ROOT);
    String full = upper.startsWith("CAP_") ? upper : "CAP_" + upper;
    throw new IllegalArgumentException(
        "unknown capability \"" + name + "\"" + NearestName.hint(full, NAMES));
  }
}
