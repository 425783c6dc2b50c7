package dev.hardwire.live;

import dev.hardwire.policy.format.EnvironmentPolicy;
import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.CallGroups;
import dev.hardwire.seccomp.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Policies in variables that between them use everything such policies can say. */
final class EnvironmentPolicies {
  private EnvironmentPolicies() {}

  static List<Map<String, String>> all() {
    List<Map<String, String>> all = new ArrayList<>();
    for (String action :
        List.of("", "kill", "kill-thread", "trap", "log", "errno:EPERM", "errno 7", "errno:4095")) {
      all.add(
          Map.of(
              EnvironmentPolicy.ALLOW, "read:write,exit_group", EnvironmentPolicy.ACTION, action));
      all.add(Map.of(EnvironmentPolicy.DENY, "uname", EnvironmentPolicy.ACTION, action));
    }
    all.add(Map.of(EnvironmentPolicy.ALLOW, ""));
    all.add(Map.of(EnvironmentPolicy.DENY, ""));
    all.add(Map.of(EnvironmentPolicy.DENY, "read"));
    all.add(Map.of(EnvironmentPolicy.ALLOW, " read , :: read", EnvironmentPolicy.DENY, "nonsense"));
    all.add(Map.of(EnvironmentPolicy.ALLOW, "@system-service:~@privileged,~uname"));
    all.add(Map.of(EnvironmentPolicy.DENY, "@known,~write,socketcall"));
    List<String> names = new ArrayList<>(SyscallTable.of(Architecture.X86_64).names());
    all.add(Map.of(EnvironmentPolicy.ALLOW, String.join(":", names)));
    all.add(
        Map.of(
            EnvironmentPolicy.DENY,
            String.join(",", everySecondNumber()),
            EnvironmentPolicy.ACTION,
            "errno:ENOSYS"));
    CallGroups.names().forEach(group -> all.add(Map.of(EnvironmentPolicy.DENY, group)));
    return all;
  }

  /** As many ranges as there can be. */
  private static List<String> everySecondNumber() {
    SyscallTable table = SyscallTable.of(Architecture.X86_64);
    return IntStream.range(0, 512)
        .filter(number -> number % 2 == 1)
        .boxed()
        .flatMap(number -> table.name(number).stream())
        .toList();
  }
}
