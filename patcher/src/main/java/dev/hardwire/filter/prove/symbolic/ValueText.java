package dev.hardwire.filter.prove.symbolic;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ArgumentConstants;
import dev.hardwire.calls.ArgumentTable;
import dev.hardwire.calls.ArgumentType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes a set of an argument's values as a condition of the policy language.
 *
 * <p>The condition reads the argument as the kernel does if the function depends only on that,
 * otherwise the whole register or some of its bits.
 */
public final class ValueText {
  /**
   * Fewer relevant bits than this are flags; more are a number whose lowest bits are irrelevant.
   */
  private static final int FLAGS = 8;

  /** Up to this number of consecutive values are listed one by one. */
  private static final int FEW = 4;

  private final String name;
  private final boolean signed;
  private final int bits;
  private final long mask;
  private final Map<Long, String> names;

  private ValueText(String name, boolean signed, int bits, long mask, Map<Long, String> names) {
    this.name = name;
    this.signed = signed;
    this.bits = bits;
    this.mask = mask;
    this.names = names;
  }

  /**
   * The text for values of an argument.
   *
   * @param call its name; empty for any
   * @param argument 0 to 5
   * @param support the relevant bits of the register
   * @param asBits whether they are flags, even if they could be read as a number
   */
  public static ValueText of(
      Target architecture, String call, int argument, long support, boolean asBits) {
    List<ArgumentTable.Argument> known =
        ArgumentTable.of(architecture).arguments(call).orElse(List.of());
    boolean isKnown = argument < known.size();
    String name = isKnown ? known.get(argument).name() : "arg" + argument;
    ArgumentType type = isKnown ? known.get(argument).type() : ArgumentType.REGISTER;
    Map<Long, String> names =
        isKnown ? ArgumentConstants.names(architecture, call, name) : Map.of();
    int bits = width(type, support);
    boolean wider = bits > type.bits();
    boolean number = (support | (Long.lowestOneBit(support) - 1)) == ones(bits);
    boolean whole =
        support == ones(bits)
            || (number && (Long.bitCount(support) >= FLAGS || (type.signed() && !wider)));
    String read = wider ? "u" + bits + "(" + name + ")" : name;
    if (whole && !asBits) {
      return new ValueText(read, type.signed() && !wider, bits, ones(bits), names);
    }
    String masked = "(" + read + " & " + flags(support, names) + ")";
    return new ValueText(masked, false, bits, support, names);
  }

  /** The narrowest reading that contains all relevant bits. */
  private static int width(ArgumentType type, long support) {
    if ((support & ~ones(type.bits())) == 0) {
      return type.bits();
    }
    return (support & ~ones(Integer.SIZE)) == 0 ? Integer.SIZE : Long.SIZE;
  }

  /** The text for values of the instruction pointer, which some filters use. */
  public static ValueText ofInstructionPointer(long support) {
    boolean whole = Long.bitCount(support) >= FLAGS;
    String name = "instruction_pointer";
    return whole
        ? new ValueText(name, false, Long.SIZE, -1, Map.of())
        : new ValueText(
            "(" + name + " & " + number(support) + ")", false, Long.SIZE, support, Map.of());
  }

  private static long ones(int bits) {
    return bits == Long.SIZE ? -1 : (1L << bits) - 1;
  }

  /** Bits by their names, if all of them have one. */
  private static String flags(long flags, Map<Long, String> names) {
    if (names.containsKey(flags)) {
      return names.get(flags);
    }
    List<String> parts = new ArrayList<>();
    for (long left = flags; left != 0; left &= left - 1) {
      String name = names.get(Long.lowestOneBit(left));
      if (name == null || parts.size() == FLAGS) {
        return number(flags);
      }
      parts.add(name);
    }
    return "(" + String.join(" | ", parts) + ")";
  }

  private static String number(long value) {
    return value >= 0 && value < 1000 ? Long.toString(value) : "0x" + Long.toHexString(value);
  }

  /** The relevant bits: those of the mask of {@link Pieces}. */
  public long mask() {
    return mask;
  }

  private record Interval(long from, long to) {}

  private long first() {
    return signed ? -1L << (bits - 1) : 0;
  }

  private long last() {
    return signed ? ones(bits - 1) : mask;
  }

  private int compare(long a, long b) {
    return signed ? Long.compare(a, b) : Long.compareUnsigned(a, b);
  }

  private long signExtended(long value) {
    return value << (Long.SIZE - bits) >> (Long.SIZE - bits);
  }

  public String condition(List<Pieces.Piece> pieces, int function) {
    List<Interval> inside = new ArrayList<>();
    List<Interval> outside = new ArrayList<>();
    for (Pieces.Piece piece : pieces) {
      split(piece, piece.function() == function ? inside : outside);
    }
    List<Interval> in = merged(inside);
    List<Interval> out = merged(outside);
    boolean single = in.size() == 1 && isSingle(in.get(0));
    boolean listed = in.stream().allMatch(ValueText::isSingle);
    boolean exceptions =
        !listed
            && out.stream().allMatch(ValueText::isSingle)
            && (mask == ones(bits) || out.size() == 1);
    boolean shorter = !single && (out.size() < in.size() || exceptions);
    return shorter || isFlagOnly(in) ? not(out) : text(in);
  }

  private void split(Pieces.Piece piece, List<Interval> to) {
    long middle = ones(bits - 1);
    boolean crosses =
        signed
            && Long.compareUnsigned(piece.from(), middle) <= 0
            && Long.compareUnsigned(piece.to(), middle) > 0;
    if (crosses) {
      to.add(new Interval(piece.from(), middle));
      to.add(new Interval(signExtended(middle + 1), signExtended(piece.to())));
    } else if (signed) {
      to.add(new Interval(signExtended(piece.from()), signExtended(piece.to())));
    } else {
      to.add(new Interval(piece.from(), piece.to()));
    }
  }

  private List<Interval> merged(List<Interval> intervals) {
    List<Interval> sorted = new ArrayList<>(intervals);
    sorted.sort((one, other) -> compare(one.from, other.from));
    List<Interval> merged = new ArrayList<>();
    for (Interval interval : sorted) {
      int end = merged.size() - 1;
      if (end >= 0 && merged.get(end).to + 1 == interval.from) {
        merged.set(end, new Interval(merged.get(end).from, interval.to));
      } else {
        merged.add(interval);
      }
    }
    return merged;
  }

  private static boolean isSingle(Interval interval) {
    return interval.from == interval.to;
  }

  private boolean isFlagOnly(List<Interval> in) {
    return in.size() == 1 && in.get(0).from == mask && Long.bitCount(mask) == 1;
  }

  private String value(long value) {
    if (mask != ones(bits)) {
      return value == 0 ? "0" : flags(value, names); // a name of the value 0 would be misleading
    }
    String known = names.get(value);
    return known != null ? known : signed && value < 0 ? Long.toString(value) : number(value);
  }

  private String not(List<Interval> out) {
    boolean one = out.size() == 1 && isSingle(out.get(0));
    return one ? name + " != " + value(out.get(0).from) : "!(" + text(out) + ")";
  }

  private String text(List<Interval> intervals) {
    List<String> parts = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (Interval i : intervals) {
      boolean few = mask == ones(bits) && i.to - i.from > 0 && i.to - i.from < FEW;
      if (isSingle(i) || (few && i.from != first() && i.to != last())) {
        for (long v = i.from; v != i.to + 1; v++) {
          values.add(value(v));
        }
      } else if (i.from == first()) {
        parts.add(name + " <= " + value(i.to));
      } else if (i.to == last()) {
        parts.add(name + " >= " + value(i.from));
      } else {
        parts.add(name + " >= " + value(i.from) + " && " + name + " <= " + value(i.to));
      }
    }
    if (values.size() == 1) {
      parts.add(0, name + " == " + values.get(0));
    } else if (values.size() > 1) {
      parts.add(0, name + " in [" + String.join(", ", values) + "]");
    }
    return String.join(" || ", parts);
  }
}
