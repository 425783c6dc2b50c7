package dev.hardwire.seccomp;

import dev.hardwire.arch.Target;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * How a call is reached through another one that passes it on: {@code socketcall(SYS_SOCKET, ...)}.
 *
 * <p>Architectures that have socketcall(2) or ipc(2) reach the same calls by both ways, some by
 * that one alone. {@code multiplexers.txt} says which.
 *
 * @param call that passes on, {@code socketcall} or {@code ipc}
 * @param operation the number that its first argument has for the call passed on
 * @param arguments for each argument of that one, the argument of {@code call} that has it; empty
 *     where a filter cannot see it
 */
public record Multiplexer(String call, long operation, List<OptionalInt> arguments) {
  private static final String IPC = "ipc";

  /** The calls that pass others on, on some architecture. */
  private static final List<String> CALLS = List.of(IPC, "socketcall");

  public Multiplexer {
    arguments = List.copyOf(arguments);
    if (!CALLS.contains(call)) {
      throw new IllegalStateException(call + " is not known to pass calls on");
    }
  }

  /** Read when an architecture has such calls; those of 64 bits alone have not. */
  private static final class Table {
    private static final Map<String, Multiplexer> BY_TARGET = load();
  }

  private static Map<String, Multiplexer> load() {
    Map<String, Multiplexer> byTarget = new HashMap<>();
    for (List<String> words : ResourceLines.of("multiplexers.txt")) {
      List<OptionalInt> arguments =
          words.subList(3, words.size()).stream()
              .map(w -> w.equals("-") ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(w)))
              .toList();
      long operation = Long.parseLong(words.get(1));
      byTarget.put(words.get(2), new Multiplexer(words.get(0), operation, arguments));
    }
    return Map.copyOf(byTarget);
  }

  /** How {@code architecture} passes a call on, if it does. */
  public static Optional<Multiplexer> of(Target architecture, String target) {
    if (!hasAny(architecture)) {
      return Optional.empty();
    }
    return Optional.ofNullable(Table.BY_TARGET.get(target))
        .filter(m -> SyscallTable.of(architecture).number(m.call).isPresent());
  }

  private static boolean hasAny(Target architecture) {
    SyscallTable table = SyscallTable.of(architecture);
    for (String call : CALLS) {
      if (table.number(call).isPresent()) {
        return true;
      }
    }
    return false;
  }

  /** Whether a call passes others on. */
  public static boolean isOne(String call) {
    return CALLS.contains(call);
  }

  /** The calls that pass others on, on some architecture. */
  public static SortedSet<String> all() {
    return new TreeSet<>(CALLS);
  }

  /** What a call passes on. */
  public static SortedSet<String> passedOn(String call) {
    return new TreeSet<>(
        Table.BY_TARGET.keySet().stream()
            .filter(target -> Table.BY_TARGET.get(target).call.equals(call))
            .toList());
  }

  /**
   * The bits of the first argument that say which call is meant: those above hold a version in
   * ipc(2).
   */
  public long mask() {
    return call.equals(IPC) ? 0xffff : 0xffff_ffffL;
  }

  /** Whether a program of {@code architecture} can make a call, directly or passed on. */
  public static boolean isReachable(Target architecture, String call) {
    return SyscallTable.of(architecture).number(call).isPresent()
        || of(architecture, call).isPresent();
  }

  /** The calls that a program of {@code architecture} can make, directly or passed on. */
  public static Set<String> reachable(Target architecture) {
    Set<String> direct = SyscallTable.of(architecture).names();
    if (!hasAny(architecture)) {
      return direct;
    }
    Set<String> names = new LinkedHashSet<>(direct);
    for (String call : Table.BY_TARGET.keySet()) {
      if (of(architecture, call).isPresent()) {
        names.add(call);
      }
    }
    return names;
  }

  /**
   * The members of a group of calls that an architecture has, in their order.
   *
   * <p>A call that passes others on is none of them: what it passes on is in the group by itself,
   * and only so can be left out again.
   */
  public static Set<String> members(Set<String> group, Target architecture) {
    Set<String> members = new LinkedHashSet<>(group);
    members.removeIf(call -> isOne(call) || !isReachable(architecture, call));
    return members;
  }
}
