package dev.hardwire.calls;

import dev.hardwire.arch.Target;
import dev.hardwire.resource.ResourceLines;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Values of the C library's and the kernel's named constants.
 *
 * <p>Made by {@code src/build/tables.sh} from the installed headers: x86-64's are all there, of the
 * others what differs. A value has 64 bits: a negative one is extended by its sign.
 */
public final class ConstantTable {
  private static final Map<Target, ConstantTable> TABLES = new ConcurrentHashMap<>();

  private final Map<String, Long> values = new HashMap<>();

  private ConstantTable(Target architecture) {
    read(Target.X86_64);
    if (architecture != Target.X86_64) {
      read(architecture);
    }
  }

  private void read(Target architecture) {
    for (List<String> words :
        ResourceLines.of(ConstantTable.class, "constants-" + architecture.id() + ".txt")) {
      if (words.get(1).equals("-")) {
        values.remove(words.get(0));
      } else {
        values.put(words.get(0), Long.parseUnsignedLong(words.get(1).substring(2), 16));
      }
    }
  }

  public static ConstantTable of(Target architecture) {
    return TABLES.computeIfAbsent(architecture, ConstantTable::new);
  }

  public OptionalLong value(String name) {
    Long value = values.get(name);
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  public Set<String> names() {
    return Collections.unmodifiableSet(values.keySet());
  }
}
