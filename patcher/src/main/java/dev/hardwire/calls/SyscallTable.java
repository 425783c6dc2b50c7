package dev.hardwire.calls;

import dev.hardwire.arch.Target;
import dev.hardwire.resource.ResourceLines;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The system calls of one architecture, by name and by number.
 *
 * <p>Made by {@code src/build/tables.sh} from the kernel's exported headers. A name has one number;
 * a number may have several names, of which the kernel's is the first.
 */
public final class SyscallTable {
  private static final Map<Target, SyscallTable> TABLES = new ConcurrentHashMap<>();

  private final Map<String, Integer> numbers = new HashMap<>();
  private final Map<Integer, String> names = new HashMap<>();
  private volatile SortedSet<String> sorted;

  private SyscallTable(Target architecture) {
    for (List<String> words :
        ResourceLines.of(SyscallTable.class, "syscalls-" + architecture.id() + ".txt")) {
      int number = Integer.parseInt(words.get(0));
      names.put(number, words.get(1));
      for (int i = 1; i < words.size(); i++) {
        String name = words.get(i);
        if (numbers.put(name, number) != null) {
          throw new IllegalStateException(architecture + ": " + name + " has two numbers");
        }
      }
    }
  }

  public static SyscallTable of(Target architecture) {
    return TABLES.computeIfAbsent(architecture, SyscallTable::new);
  }

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

  /**
   * Calls that the kernel puts into programs of x86-64 itself and lets through every filter, with
   * the version that began to: seccomp_uprobe_exception in kernel/seccomp.c.
   */
  private static final Map<String, String> UNFILTERED =
      new TreeMap<>(Map.of("uretprobe", "6.14", "uprobe", "6.18"));

  /** Whether the kernel lets a call through whatever the filter decides. */
  public boolean isUnfiltered(int number) {
    return UNFILTERED.containsKey(names.get(number));
  }

  /** The calls of the architecture that no filter restricts, with the first kernel that does so. */
  public Map<String, String> unfiltered() {
    Map<String, String> own = new TreeMap<>(UNFILTERED);
    own.keySet().retainAll(numbers.keySet());
    return own;
  }

  public Set<Integer> numbers() {
    return Collections.unmodifiableSet(names.keySet());
  }

  /** All names, sorted, including all names of a call with several. */
  public SortedSet<String> names() {
    if (sorted
        == null) { // sorted on demand, since few callers need the order and every start reads a
      // table
      sorted = Collections.unmodifiableSortedSet(new TreeSet<>(numbers.keySet()));
    }
    return sorted;
  }
}
