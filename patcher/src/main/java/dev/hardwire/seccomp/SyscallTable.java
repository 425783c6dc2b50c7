package dev.hardwire.seccomp;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The system calls of one architecture, by name and by number.
 *
 * <p>Made by {@code src/build/syscall-table.sh} from the kernel's exported headers. Names and
 * numbers are one to one.
 */
public final class SyscallTable {
  private static final Map<Architecture, SyscallTable> TABLES = new EnumMap<>(Architecture.class);

  static {
    for (Architecture architecture : Architecture.values()) {
      TABLES.put(architecture, new SyscallTable("syscalls-" + architecture.id() + ".txt"));
    }
  }

  private final TreeMap<String, Integer> numbers = new TreeMap<>();
  private final TreeMap<Integer, String> names = new TreeMap<>();

  private SyscallTable(String resource) {
    for (List<String> words : ResourceLines.of(resource)) {
      int number = Integer.parseInt(words.get(0));
      numbers.put(words.get(1), number);
      names.put(number, words.get(1));
    }
    if (numbers.size() != names.size()) {
      throw new IllegalStateException(resource + ": names and numbers are not one to one");
    }
  }

  public static SyscallTable of(Architecture architecture) {
    return TABLES.get(architecture);
  }

  /** The number of {@code name}. */
  public OptionalInt number(String name) {
    Integer number = numbers.get(name);
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }

  /**
   * The name of a number.
   *
   * @param number unsigned, as a filter loads it
   */
  public Optional<String> name(long number) {
    return number > Integer.MAX_VALUE
        ? Optional.empty()
        : Optional.ofNullable(names.get((int) number));
  }

  /** Every name, sorted. */
  public SortedSet<String> names() {
    return Collections.unmodifiableSortedSet(new TreeSet<>(numbers.keySet()));
  }
}
