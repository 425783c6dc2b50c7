package dev.hardwire.policy;

import dev.hardwire.resource.ResourceLines;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * The names of error numbers, errno(3).
 *
 * <p>The table is that of the kernel's asm-generic headers, which every architecture that Hardwire
 * knows shares, without EDEADLOCK, which is another number on powerpc; {@code src/build/tables.sh}
 * makes it.
 */
public final class ErrorNumber {
  /** MAX_ERRNO of the kernel, which limits a filter's larger values to it (seccomp(2)). */
  public static final int MAXIMUM = 4095;

  private static final Map<String, Integer> NUMBERS = new LinkedHashMap<>();
  private static final Map<Integer, String> NAMES = new TreeMap<>();

  static {
    load("errno.txt");
  }

  private ErrorNumber() {}

  private static void load(String resource) {
    for (List<String> words : ResourceLines.of(ErrorNumber.class, resource)) {
      int number = Integer.parseInt(words.get(0));
      NAMES.put(number, words.get(1));
      for (String name : words.subList(1, words.size())) {
        NUMBERS.put(name, number);
      }
    }
  }

  /**
   * The number of {@code name}, such as 1 for {@code EPERM}.
   *
   * @param name such as {@code EPERM}
   * @return the number; empty if the name is not known
   */
  public static OptionalInt number(String name) {
    Integer number = NUMBERS.get(name);
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }

  /**
   * The first name of {@code number}.
   *
   * @param number such as 1
   * @return the name; empty if there is none
   */
  public static Optional<String> name(int number) {
    return Optional.ofNullable(NAMES.get(number));
  }

  /**
   * All names, including aliases.
   *
   * @return such as {@code EPERM}
   */
  public static Set<String> names() {
    return Set.copyOf(NUMBERS.keySet());
  }
}
