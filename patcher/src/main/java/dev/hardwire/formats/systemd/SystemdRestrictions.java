package dev.hardwire.formats.systemd;

import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Directives by which systemd restricts system calls beside {@code SystemCallFilter=}, with seccomp
 * filters of its own, systemd.exec(5). A policy does not take them over, which must be told.
 */
final class SystemdRestrictions {
  private static final Set<String> KEYS =
      Set.of(
          "LockPersonality",
          "MemoryDenyWriteExecute",
          "PrivateDevices",
          "ProtectClock",
          "ProtectHostname",
          "ProtectKernelLogs",
          "ProtectKernelModules",
          "ProtectKernelTunables",
          "RestrictAddressFamilies",
          "RestrictNamespaces",
          "RestrictRealtime",
          "RestrictSUIDSGID");

  private static final Set<String> OFF = Set.of("", "0", "no", "n", "false", "f", "off");

  /** Where those stand that are on. */
  private final Map<String, Position> on = new LinkedHashMap<>();

  static boolean isOne(String key) {
    return KEYS.contains(key);
  }

  /** A later value stands above an earlier one. */
  void set(String key, String value, Position position) {
    if (OFF.contains(value.toLowerCase(Locale.ROOT))) {
      on.remove(key);
    } else {
      on.put(key, position);
    }
  }

  List<PolicyWarning> warnings() {
    return on.entrySet().stream()
        .map(
            entry ->
                new PolicyWarning(
                    entry.getValue(),
                    entry.getKey() + "= restricts calls too, which is left out; add rules for it"))
        .toList();
  }
}
