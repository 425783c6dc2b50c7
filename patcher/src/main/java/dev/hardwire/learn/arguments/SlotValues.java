package dev.hardwire.learn.arguments;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ConstantTable;
import dev.hardwire.learn.log.StraceValue;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Constant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The observed values in one slot of a call.
 *
 * <p>Invariant: at most {@link #LIMIT} values. With more, or with one that is not understood, the
 * slot is open: it gives no condition.
 */
public final class SlotValues {
  /** More values than this do not form a pattern. */
  public static final int LIMIT = 64;

  private final ArgumentSlot slot;
  private final Target architecture;
  private final TreeMap<Long, Constant> seen = new TreeMap<>(Long::compareUnsigned);

  /** A cache of parsed texts, since most calls repeat one. */
  private final Set<String> texts = new HashSet<>();

  private long bits;
  private String open = "";

  public SlotValues(ArgumentSlot slot, Target architecture) {
    this.slot = slot;
    this.architecture = architecture;
  }

  public void see(List<String> arguments) {
    if (!open.isEmpty()) {
      return;
    }
    Optional<String> text = slot.text(arguments);
    if (text.isPresent() && texts.contains(text.get())) {
      return;
    }
    text.filter(t -> texts.size() < LIMIT && t.length() < LIMIT).ifPresent(texts::add);
    Optional<StraceValue> value = text.flatMap(t -> StraceValue.parse(t, architecture));
    if (value.isEmpty()) {
      open(text.map(t -> "\"" + shortened(t) + "\" is not known").orElse("it was not logged"));
    } else if (slot.kind() == ArgumentSlot.Kind.CHOICE) {
      long ignored =
          slot.ignored().stream()
              .mapToLong(name -> ConstantTable.of(architecture).value(name).orElseThrow())
              .reduce(0, (a, b) -> a | b);
      StraceValue rest = ignored == 0 ? value.get() : value.get().without(ignored);
      put(rest.bits(), rest.constant());
    } else {
      value.get().parts().forEach(this::putFlag);
    }
  }

  private void putFlag(long flag, Constant constant) {
    if (flag != 0) {
      put(flag, constant);
    }
  }

  private void put(long value, Constant constant) {
    bits |= value;
    seen.putIfAbsent(value, constant);
    if (seen.size() > LIMIT) {
      open("it had more than " + LIMIT + " values");
    }
  }

  public void open(String reason) {
    if (open.isEmpty()) {
      open = reason;
      seen.clear();
    }
  }

  public void addAll(SlotValues other) {
    if (!other.open.isEmpty()) {
      open(other.open);
    }
    if (open.isEmpty()) {
      for (Map.Entry<Long, Constant> entry : other.seen.entrySet()) {
        put(entry.getKey(), entry.getValue());
      }
    }
  }

  public Optional<Condition> condition() {
    long executable = ConstantTable.of(architecture).value("PROT_EXEC").orElseThrow();
    return open.isEmpty() ? slot.condition(seen.values(), bits, executable) : Optional.empty();
  }

  /** The reason why there is no condition; empty if there can be one. */
  public String openBecause() {
    return open.isEmpty() ? "" : slot.argument() + ": " + open;
  }

  private static String shortened(String text) {
    return text.length() > 40 ? text.substring(0, 40) + "..." : text;
  }
}
