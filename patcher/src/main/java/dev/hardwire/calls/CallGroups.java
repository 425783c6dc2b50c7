package dev.hardwire.calls;

import dev.hardwire.arch.Target;
import dev.hardwire.resource.ResourceLines;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * systemd's named groups of system calls, systemd.exec(5), of version 257.
 *
 * <p>Made by {@code src/build/tables.sh}. Groups hold calls of every architecture.
 */
public final class CallGroups {
  /** The group that holds every call of every architecture. */
  private static final String KNOWN = "@known";

  private static final Map<String, Set<String>> GROUPS = load();

  private CallGroups() {}

  private static Map<String, Set<String>> load() {
    Map<String, List<String>> members = new LinkedHashMap<>();
    for (List<String> words : ResourceLines.of(CallGroups.class, "groups.txt")) {
      members.put(words.get(0), words.subList(1, words.size()));
    }
    Map<String, Set<String>> groups = new LinkedHashMap<>();
    for (String group : members.keySet()) {
      Set<String> calls = new LinkedHashSet<>();
      expand(group, members, calls);
      groups.put(group, Collections.unmodifiableSet(calls));
    }
    return groups;
  }

  private static void expand(String group, Map<String, List<String>> members, Set<String> calls) {
    for (String member : members.get(group)) {
      if (member.startsWith("@")) {
        expand(member, members, calls);
      } else if (members.get(KNOWN).contains(member) || isCallOfATable(member)) {
        calls.add(
            member); // like systemd, ignore names that are not a call on any architecture, such as
        // fstatat
      }
    }
  }

  /** The calls of a group such as {@code @network-io}, including those of nested groups. */
  public static Optional<Set<String>> calls(String group) {
    return Optional.ofNullable(GROUPS.get(group));
  }

  /** The names of all groups, in systemd's order. */
  public static Set<String> names() {
    return Collections.unmodifiableSet(GROUPS.keySet());
  }

  /** Whether some architecture has a call of this name. */
  public static boolean isKnownSomewhere(String call) {
    return GROUPS.get(KNOWN).contains(call) || isCallOfATable(call);
  }

  /** {@code @known} lacks some that are in other groups, such as uselib. */
  private static boolean isCallOfATable(String name) {
    return Arrays.stream(Target.values())
        .anyMatch(a -> SyscallTable.of(a).number(name).isPresent());
  }
}
