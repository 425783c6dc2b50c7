package dev.hardwire.calls;

import dev.hardwire.arch.Target;
import dev.hardwire.resource.ResourceLines;
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
 * How a call is made through a multiplexer: {@code socketcall(SYS_SOCKET, ...)}.
 *
 * <p>On architectures that have socketcall(2) or ipc(2), most of these calls can be made in both
 * ways, and some only through the multiplexer. {@code multiplexers.txt} lists them.
 *
 * @param call the multiplexer, {@code socketcall} or {@code ipc}
 * @param operation the value of its first argument for the call
 * @param arguments for each argument of the call, the argument of the multiplexer that contains it;
 *     empty if a filter cannot see it
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

  /** Loaded only for architectures with such calls; most 64-bit architectures have none. */
  private static final class Table {
    private static final Map<String, Multiplexer> BY_TARGET = load();
  }

  private static Map<String, Multiplexer> load() {
    Map<String, Multiplexer> byTarget = new HashMap<>();
    for (List<String> words : ResourceLines.of(Multiplexer.class, "multiplexers.txt")) {
      List<OptionalInt> arguments =
          words.subList(3, words.size()).stream()
              .map(w -> w.equals("-") ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(w)))
              .toList();
      long operation = Long.parseLong(words.get(1));
      byTarget.put(words.get(2), new Multiplexer(words.get(0), operation, arguments));
    }
    return Map.copyOf(byTarget);
  }

  /** How a call is made through a multiplexer on {@code architecture}, if it can be. */
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

  public static boolean isOne(String call) {
    return CALLS.contains(call);
  }

  /** The calls that pass others on, on some architecture. */
  public static SortedSet<String> all() {
    return new TreeSet<>(CALLS);
  }

  public static SortedSet<String> passedOn(String call) {
    return new TreeSet<>(
        Table.BY_TARGET.keySet().stream()
            .filter(target -> Table.BY_TARGET.get(target).call.equals(call))
            .toList());
  }

  /**
   * The bits of the first argument that select the call; those above contain a version in ipc(2).
   */
  public long mask() {
    return call.equals(IPC) ? 0xffff : 0xffff_ffffL;
  }

  /**
   * Whether a program of {@code architecture} can make a call, directly or through a multiplexer.
   */
  public static boolean isReachable(Target architecture, String call) {
    return SyscallTable.of(architecture).number(call).isPresent()
        || of(architecture, call).isPresent();
  }

  /**
   * The calls that a program of {@code architecture} can make, directly or through a multiplexer.
   */
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
   * <p>Multiplexers are not members: the calls made through them are members themselves, so that
   * they can be excluded individually.
   */
  public static Set<String> members(Set<String> group, Target architecture) {
    Set<String> members = new LinkedHashSet<>(group);
    members.removeIf(call -> isOne(call) || !isReachable(architecture, call));
    return members;
  }
}
