package dev.hardwire.calls;

import dev.hardwire.arch.Target;
import dev.hardwire.resource.ResourceLines;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Names and types of system calls' arguments.
 *
 * <p>They are those of the kernel's own declarations ({@code SYSCALL_DEFINE}), with the names of
 * the manual pages beside them; {@code src/build/tables.sh} says where those of x86-64 come from,
 * {@code argument-differences.txt} has what other architectures have otherwise.
 */
public final class ArgumentTable {
  private static final Map<Target, ArgumentTable> TABLES = new ConcurrentHashMap<>();

  /**
   * One argument.
   *
   * @param names the kernel's first, then the manual page's; none contains a capital letter
   */
  public record Argument(List<String> names, ArgumentType type) {
    /** The kernel's name. */
    public String name() {
      return names.get(0);
    }
  }

  private final Map<String, List<Argument>> arguments = new HashMap<>();

  private ArgumentTable(Target architecture) {
    for (List<String> words : ResourceLines.of(ArgumentTable.class, "arguments-x86_64.txt")) {
      arguments.put(words.get(0), list(words.subList(1, words.size()), architecture));
    }
    if (architecture != Target.X86_64) {
      differences(architecture);
      arguments.keySet().retainAll(Multiplexer.reachable(architecture));
    }
  }

  private void differences(Target architecture) {
    Map<String, List<Argument>> base = Map.copyOf(arguments);
    for (List<String> words : ResourceLines.of(ArgumentTable.class, "argument-differences.txt")) {
      List<String> architectures = List.of(words.get(0).split(",", -1));
      if (!architectures.contains("*") && !architectures.contains(architecture.id())) {
        continue;
      }
      List<String> rest = words.subList(2, words.size());
      arguments.put(
          words.get(1),
          !rest.isEmpty() && rest.get(0).equals("as")
              ? base.get(rest.get(1))
              : list(rest, architecture));
    }
  }

  private static List<Argument> list(List<String> words, Target architecture) {
    List<Argument> list = new ArrayList<>();
    for (int i = 0; i < words.size(); i += 2) {
      ArgumentType type = ArgumentType.parse(words.get(i)).within(architecture.wordBits());
      list.add(new Argument(List.of(words.get(i + 1).split("\\|", -1)), type));
    }
    return List.copyOf(list);
  }

  public static ArgumentTable of(Target architecture) {
    return TABLES.computeIfAbsent(architecture, ArgumentTable::new);
  }

  /** Whether the arguments of a call are a structure in memory, which a filter cannot read. */
  public boolean isInMemory(String call) {
    List<Argument> list = arguments.getOrDefault(call, List.of());
    return list.size() == 1 && list.get(0).name().equals("arg") && list.get(0).type().pointer();
  }

  /** The arguments of {@code call} in order; empty if nothing is known of the call. */
  public Optional<List<Argument>> arguments(String call) {
    return Optional.ofNullable(arguments.get(call));
  }
}
