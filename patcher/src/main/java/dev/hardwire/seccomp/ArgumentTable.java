package dev.hardwire.seccomp;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Names and types of system calls' arguments.
 *
 * <p>They are those of the kernel's own declarations ({@code SYSCALL_DEFINE}), with the names of
 * the manual pages beside them; {@code src/build/argument-table.sh} says where each comes from.
 */
public final class ArgumentTable {
  private static final Map<Architecture, ArgumentTable> TABLES = new EnumMap<>(Architecture.class);

  static {
    for (Architecture architecture : Architecture.values()) {
      TABLES.put(architecture, new ArgumentTable(architecture));
    }
  }

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

  private ArgumentTable(Architecture architecture) {
    for (List<String> words : ResourceLines.of("arguments-" + architecture.id() + ".txt")) {
      List<Argument> list = new ArrayList<>();
      for (int i = 1; i < words.size(); i += 2) {
        ArgumentType type = ArgumentType.parse(words.get(i)).within(architecture.wordBits());
        list.add(new Argument(List.of(words.get(i + 1).split("\\|", -1)), type));
      }
      arguments.put(words.get(0), List.copyOf(list));
    }
  }

  public static ArgumentTable of(Architecture architecture) {
    return TABLES.get(architecture);
  }

  /** The arguments of {@code call} in order; empty if nothing is known of the call. */
  public Optional<List<Argument>> arguments(String call) {
    return Optional.ofNullable(arguments.get(call));
  }
}
