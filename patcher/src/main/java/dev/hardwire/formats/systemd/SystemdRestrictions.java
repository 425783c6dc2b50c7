package dev.hardwire.formats.systemd;

import dev.hardwire.calls.CallGroups;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Directives by which systemd restricts system calls beside {@code SystemCallFilter=}, with seccomp
 * filters of its own, systemd.exec(5) and src/shared/seccomp-util.c. Most are rules of a policy;
 * the others are left out, which must be told.
 */
final class SystemdRestrictions {
  /** By directive: error, calls, and condition on their arguments, if there is one. */
  private static final Map<String, List<String>> RULES =
      Map.of(
          "LockPersonality",
          List.of("EPERM personality personality != 0"),
          "MemoryDenyWriteExecute",
          List.of(
              "EPERM mmap,mmap2 (prot & PROT_EXEC) != 0 && (prot & PROT_WRITE) != 0",
              "EPERM mprotect,pkey_mprotect (prot & PROT_EXEC) != 0",
              "EPERM shmat (shmflg & SHM_EXEC) != 0"),
          "ProtectClock",
          List.of("EPERM @clock"),
          "ProtectHostname",
          List.of("EPERM sethostname,setdomainname"),
          "ProtectKernelLogs",
          List.of("EPERM syslog"),
          "ProtectKernelModules",
          List.of("EPERM init_module,finit_module,delete_module"),
          "RestrictNamespaces",
          List.of(
              "EPERM unshare,clone (flags & (CLONE_NEWCGROUP|CLONE_NEWIPC|CLONE_NEWNET|CLONE_NEWNS"
                  + "|CLONE_NEWPID|CLONE_NEWUSER|CLONE_NEWUTS|CLONE_NEWTIME)) != 0",
              "EPERM setns",
              "ENOSYS clone3"),
          "RestrictRealtime",
          List.of("EPERM sched_setscheduler !(policy in [SCHED_OTHER, SCHED_BATCH, SCHED_IDLE])"),
          "RestrictSUIDSGID",
          List.of(
              "EPERM chmod,fchmod,fchmodat,fchmodat2,creat,mkdir,mkdirat,mknod,mknodat"
                  + " (mode & (S_ISUID|S_ISGID)) != 0",
              "EPERM open,openat (flags & O_CREAT) != 0 && (mode & (S_ISUID|S_ISGID)) != 0",
              "ENOSYS openat2"));

  /** Those that no rule here says. */
  private static final Set<String> OTHERS =
      Set.of("PrivateDevices", "ProtectKernelTunables", "RestrictAddressFamilies");

  private static final Set<String> OFF = Set.of("", "0", "no", "n", "false", "f", "off");
  private static final Set<String> ON = Set.of("1", "yes", "y", "true", "t", "on");

  /** Where those stand that are on. */
  private final Map<String, Position> on = new LinkedHashMap<>();

  /** Those of them that have a list as their value. */
  private final Set<String> lists = new HashSet<>();

  /** Whether a value means no. */
  static boolean isOff(String value) {
    return OFF.contains(value.toLowerCase(Locale.ROOT));
  }

  /** Whether a value means yes. */
  static boolean isOn(String value) {
    return ON.contains(value.toLowerCase(Locale.ROOT));
  }

  static boolean isOne(String key) {
    return RULES.containsKey(key) || OTHERS.contains(key);
  }

  /** A later value stands above an earlier one. */
  void set(String key, String value, Position position) {
    if (isOff(value)) {
      on.remove(key);
    } else {
      on.put(key, position);
    }
    if (isOn(value)) {
      lists.remove(key);
    } else {
      lists.add(key);
    }
  }

  private boolean isSaid(String key) {
    return RULES.containsKey(key) && !lists.contains(key);
  }

  boolean hasRules() {
    return on.keySet().stream().anyMatch(this::isSaid);
  }

  List<PolicyWarning> warnings() {
    return on.entrySet().stream()
        .filter(entry -> !isSaid(entry.getKey()))
        .map(
            entry ->
                new PolicyWarning(
                    entry.getValue(),
                    entry.getKey() + "= restricts calls too, which is left out; add rules for it"))
        .toList();
  }

  /**
   * The rules of those that are on.
   *
   * @param isAllowed whether the unit allows a call otherwise: what it denies stays denied as it is
   */
  List<Rule> rules(ReadOptions options, Predicate<String> isAllowed) {
    List<Rule> rules = new ArrayList<>();
    on.forEach(
        (key, position) -> {
          for (String text : isSaid(key) ? RULES.get(key) : List.<String>of()) {
            String[] parts = text.split(" ", 3);
            List<CallName> calls = new ArrayList<>();
            for (String call : calls(parts[1], options)) {
              if (isAllowed.test(call)) {
                calls.add(new CallName(call, position));
              }
            }
            Optional<Condition> condition =
                parts.length > 2
                    ? Optional.of(ConditionParser.parse(parts[2], at -> position))
                    : Optional.empty();
            if (!calls.isEmpty()) {
              rules.add(
                  new Rule(
                      Action.errno(parts[0]),
                      calls,
                      condition,
                      position,
                      Optional.of(key + "="),
                      List.of()));
            }
          }
        });
    return rules;
  }

  private static List<String> calls(String list, ReadOptions options) {
    if (list.startsWith("@")) {
      Set<String> group = CallGroups.calls(list).orElse(Set.of());
      return List.copyOf(new TreeSet<>(Multiplexer.members(group, options.architecture())));
    }
    return Arrays.stream(list.split(",", -1))
        .filter(call -> Multiplexer.isReachable(options.architecture(), call))
        .toList();
  }
}
