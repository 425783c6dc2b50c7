package dev.hardwire.formats.systemd;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.CallGroups;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.compile.PlainPolicy;
import dev.hardwire.formats.Inexpressible;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes the {@code [Service]} section of a unit, systemd.exec(5).
 *
 * <p>systemd knows calls, not arguments. A list of allowed calls begins with {@code @default}; what
 * is not allowed of it is taken away again. What systemd cannot express exactly is an error that
 * names the rule.
 */
public final class SystemdWriter {
  private final PlainPolicy policy;
  private final StringBuilder out = new StringBuilder("[Service]\n");

  private SystemdWriter(PlainPolicy policy) {
    this.policy = policy;
  }

  /**
   * The section.
   *
   * @throws PolicyException if systemd cannot express it
   */
  public static String write(PlainPolicy policy) {
    SystemdWriter writer = new SystemdWriter(policy);
    writer.check();
    if (policy.defaultAction() instanceof Action.Allow) {
      writer.denyList();
    } else {
      writer.allowList(standard(policy.architecture()));
    }
    writer.out.append("SystemCallArchitectures=native\n");
    writer.out.append("NoNewPrivileges=").append(policy.noNewPrivs() ? "yes" : "no").append('\n');
    return writer.out.toString();
  }

  /** The calls of {@code @default} that an architecture has. */
  private static Set<String> standard(Target architecture) {
    Set<String> calls = new TreeSet<>(CallGroups.calls("@default").orElseThrow());
    calls.retainAll(SyscallTable.of(architecture).names());
    return calls;
  }

  private static PolicyException cannot(Position position, String what) {
    return Inexpressible.by("systemd", position, what);
  }

  private void check() {
    for (PlainPolicy.PlainRule rule : policy.rules()) {
      if (!rule.checks().isEmpty()) {
        throw cannot(rule.position(), "a condition on the arguments of " + rule.call());
      }
      boolean known =
          rule.action() instanceof Action.Allow
              || rule.action() instanceof Action.Log
              || rule.action() instanceof Action.KillProcess
              || rule.action() instanceof Action.Errno;
      if (!known) {
        throw cannot(rule.position(), "the action " + rule.action() + " for " + rule.call());
      }
    }
  }

  private Map<Action, Set<String>> byAction() {
    Map<Action, Set<String>> calls = new LinkedHashMap<>();
    for (PlainPolicy.PlainRule rule : policy.rules()) {
      calls.computeIfAbsent(rule.action(), key -> new TreeSet<>()).add(rule.call());
    }
    return calls;
  }

  private void denyList() {
    Map<Action, Set<String>> calls = byAction();
    Set<String> logged = calls.remove(Action.LOG);
    List<String> items = denied(calls);
    if (!items.isEmpty()) {
      list("SystemCallFilter=~", items);
    }
    if (logged != null) {
      list("SystemCallLog=", new ArrayList<>(logged));
    }
    if (items.isEmpty() && logged == null) {
      throw cannot(policy.defaultPosition(), "a policy that allows every call");
    }
  }

  private static List<String> denied(Map<Action, Set<String>> calls) {
    List<String> items = new ArrayList<>();
    calls.forEach(
        (action, names) -> {
          String suffix = action instanceof Action.Errno errno ? ":" + errno.name() : ":kill";
          names.forEach(name -> items.add(name + suffix));
        });
    return items;
  }

  private void allowList(Set<String> standard) {
    Action otherwise = policy.defaultAction();
    if (!(otherwise instanceof Action.KillProcess || otherwise instanceof Action.Errno)) {
      throw cannot(policy.defaultPosition(), "the default action " + otherwise);
    }
    Map<Action, Set<String>> calls = byAction();
    Set<String> logged = calls.getOrDefault(Action.LOG, Set.of());
    Set<String> allowed = new TreeSet<>(calls.getOrDefault(Action.ALLOW, Set.of()));
    allowed.addAll(logged);
    calls.keySet().removeAll(Set.of(Action.ALLOW, Action.LOG));
    List<String> denied = denied(calls);
    standard.stream()
        .filter(call -> !allowed.contains(call))
        .filter(call -> calls.values().stream().noneMatch(own -> own.contains(call)))
        .sorted()
        .forEach(denied::add);
    list("SystemCallFilter=", allowed.isEmpty() ? List.of("@default") : List.copyOf(allowed));
    if (!denied.isEmpty()) {
      list("SystemCallFilter=~", denied);
    }
    if (!logged.isEmpty()) {
      list("SystemCallLog=", List.copyOf(logged));
    }
    if (otherwise instanceof Action.Errno errno) {
      out.append("SystemCallErrorNumber=").append(errno.name()).append('\n');
    }
  }

  /** Lines of about 100 columns, each a directive of its own: they add up. */
  private void list(String key, List<String> items) {
    StringBuilder line = new StringBuilder(key);
    for (String item : items) {
      if (line.length() > key.length() && line.length() + 1 + item.length() > 100) {
        out.append(line).append('\n');
        line = new StringBuilder(key);
      }
      line.append(line.length() > key.length() ? " " : "").append(item);
    }
    out.append(line).append('\n');
  }
}
