package dev.hardwire.learn.log;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ConstantTable;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number in strace's output: digits, names joined by {@code |}, or both.
 *
 * @param bits the value, 64 bits in two's complement
 * @param parts the parts in the syntax of policies, by value; zero only if the whole value is zero
 */
public record StraceValue(long bits, Map<Long, Constant> parts) {
  /** A flag that is zero in the C library on 64-bit machines. */
  private static final Map<String, Long> KERNEL_VALUES = Map.of("O_LARGEFILE", 0x8000L);

  private static final Pattern COMMENT = Pattern.compile("\\s*+/\\*.*?\\*/");
  private static final Pattern IOC =
      Pattern.compile(
          "_IOC\\(([A-Z_0-9|]++), (0x[0-9a-f]{1,2}|0), (0x[0-9a-f]{1,2}|0),"
              + " (0x[0-9a-f]{1,4}|0)\\)");
  private static final Pattern NUMBER =
      Pattern.compile("-?(0x[0-9a-f]{1,16}|0[0-7]{0,22}|[1-9][0-9]{0,19})");

  /** Parses an argument; empty if it is not a number, or has an unknown name. */
  public static Optional<StraceValue> parse(String argument, Target architecture) {
    String text = COMMENT.matcher(argument).replaceAll("").strip();
    if (text.equals("NULL")) {
      return Optional.of(new StraceValue(0, Map.of()));
    }
    // Alternative names of one number: "SNDCTL_TMR_TIMEBASE or TCGETS".
    for (String alternative : text.split(" or ", -1)) {
      Optional<StraceValue> value = union(withoutDecoration(alternative), architecture);
      if (value.isPresent()) {
        return value;
      }
    }
    return Optional.empty();
  }

  /** Removes the text that {@code -y} adds to a file descriptor. */
  private static String withoutDecoration(String text) {
    int open = text.indexOf('<');
    return open > 0 && text.endsWith(">") ? text.substring(0, open) : text;
  }

  private static Optional<StraceValue> union(String text, Target architecture) {
    Matcher request = IOC.matcher(text);
    if (request.matches()) {
      return direction(request.group(1))
          .map(
              direction ->
                  of(
                      direction << 30
                          | Long.decode(request.group(4)) << 16
                          | Long.decode(request.group(2)) << 8
                          | Long.decode(request.group(3))));
    }
    Map<Long, Constant> parts = new LinkedHashMap<>();
    long bits = 0;
    String[] words = text.split("\\|", -1);
    for (String part : words) {
      OptionalLong value = value(part, architecture);
      if (value.isEmpty()) {
        return Optional.empty();
      }
      bits |= value.getAsLong();
      if (value.getAsLong() != 0 || words.length == 1) {
        parts.put(value.getAsLong(), constant(part, value.getAsLong(), architecture));
      }
    }
    return Optional.of(new StraceValue(bits, parts));
  }

  private static Optional<Long> direction(String text) {
    return switch (text) {
      case "_IOC_NONE", "0" -> Optional.of(0L);
      case "_IOC_WRITE" -> Optional.of(1L);
      case "_IOC_READ" -> Optional.of(2L);
      case "_IOC_READ|_IOC_WRITE", "_IOC_WRITE|_IOC_READ" -> Optional.of(3L);
      default -> Optional.empty();
    };
  }

  private static OptionalLong value(String part, Target architecture) {
    if (KERNEL_VALUES.containsKey(part)) {
      return OptionalLong.of(KERNEL_VALUES.get(part));
    }
    if (!NUMBER.matcher(part).matches()) {
      return ConstantTable.of(architecture).value(part);
    }
    boolean negative = part.startsWith("-");
    String digits = negative ? part.substring(1) : part;
    try {
      long value =
          digits.startsWith("0x")
              ? Long.parseUnsignedLong(digits.substring(2), 16)
              : Long.parseUnsignedLong(digits, digits.startsWith("0") ? 8 : 10);
      return OptionalLong.of(negative ? -value : value);
    } catch (NumberFormatException e) {
      return OptionalLong.empty(); // more than 64 bits
    }
  }

  private static Constant constant(String part, long value, Target architecture) {
    OptionalLong known = ConstantTable.of(architecture).value(part);
    return known.isPresent() && known.getAsLong() == value
        ? new Constant.Symbol(part, Position.NONE)
        : Constant.Literal.of(value);
  }

  private static StraceValue of(long bits) {
    return new StraceValue(bits, Map.of(bits, Constant.Literal.of(bits)));
  }

  /** The whole value in the syntax of policies. */
  public Constant constant() {
    List<Constant> all = new ArrayList<>(parts.values());
    return switch (all.size()) {
      case 0 -> Constant.Literal.of(0);
      case 1 -> all.get(0);
      default -> new Constant.Union(all);
    };
  }

  /** The value without the bits of a mask. */
  public StraceValue without(long mask) {
    Map<Long, Constant> left = new LinkedHashMap<>();
    parts.forEach(
        (value, constant) -> {
          if ((value & ~mask) != 0) {
            left.put(
                value & ~mask, (value & mask) == 0 ? constant : Constant.Literal.of(value & ~mask));
          }
        });
    return new StraceValue(bits & ~mask, left);
  }
}
