package dev.hardwire.learn.arguments;

import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.Operand;
import dev.hardwire.policy.Position;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An argument that characterises the use of a call.
 *
 * @param index position in strace's output, counted from 0
 * @param label text before it in strace's output, such as {@code flags=}; empty for none
 * @param argument its name in policies
 * @param kind how a condition is made from the observed values
 * @param ignored names of bits that are irrelevant for the use
 */
public record ArgumentSlot(
    int index, String label, String argument, Kind kind, List<String> ignored) {
  enum Kind {
    /** The argument must be one of the observed values. */
    CHOICE,
    /** The argument must have only observed bits. */
    FLAGS,
    /** Memory must not be executable, if that was not observed. */
    PROTECTION
  }

  private static final Map<String, List<ArgumentSlot>> SLOTS =
      Stream.of(
              flags("open", 1, "flags"),
              flags("openat", 2, "flags"),
              choice("ioctl", 1, "cmd"),
              choice("prctl", 0, "option"),
              choice("arch_prctl", 0, "option"),
              choice("fcntl", 1, "cmd"),
              choice("fcntl64", 1, "cmd"),
              choice("ptrace", 0, "request"),
              choice("bpf", 0, "cmd"),
              choice("keyctl", 0, "option"),
              choice("personality", 0, "personality"),
              flags("memfd_create", 1, "flags"),
              flags("unshare", 0, "unshare_flags"),
              flags("setns", 1, "nstype"),
              protection("mmap"),
              protection("mmap2"),
              protection("mprotect"),
              protection("pkey_mprotect"),
              Map.entry("clone", List.of(slot(-1, "flags=", "flags", Kind.FLAGS))),
              Map.entry("socket", socket()),
              Map.entry("socketpair", socket()),
              Map.entry("setsockopt", options()),
              Map.entry("getsockopt", options()))
          .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

  private static ArgumentSlot slot(
      int index, String label, String argument, Kind kind, String... ignored) {
    return new ArgumentSlot(index, label, argument, kind, List.of(ignored));
  }

  private static Map.Entry<String, List<ArgumentSlot>> flags(
      String call, int index, String argument) {
    return Map.entry(call, List.of(slot(index, "", argument, Kind.FLAGS)));
  }

  private static Map.Entry<String, List<ArgumentSlot>> choice(
      String call, int index, String argument) {
    return Map.entry(call, List.of(slot(index, "", argument, Kind.CHOICE)));
  }

  private static Map.Entry<String, List<ArgumentSlot>> protection(String call) {
    return Map.entry(call, List.of(slot(2, "", "prot", Kind.PROTECTION)));
  }

  private static List<ArgumentSlot> socket() {
    return List.of(
        slot(0, "", "family", Kind.CHOICE),
        slot(1, "", "type", Kind.CHOICE, "SOCK_CLOEXEC", "SOCK_NONBLOCK"));
  }

  private static List<ArgumentSlot> options() {
    return List.of(slot(1, "", "level", Kind.CHOICE), slot(2, "", "optname", Kind.CHOICE));
  }

  /** The slots of a call; most calls have none. */
  public static List<ArgumentSlot> of(String call) {
    return SLOTS.getOrDefault(call, List.of());
  }

  /** The text of the argument; empty if it is not there. */
  Optional<String> text(List<String> arguments) {
    if (label.isEmpty()) {
      return index < arguments.size() ? Optional.of(arguments.get(index)) : Optional.empty();
    }
    return arguments.stream()
        .filter(argument -> argument.startsWith(label))
        .map(argument -> argument.substring(label.length()))
        .findFirst();
  }

  /** The condition on the argument, given all observed values. */
  Optional<Condition> condition(Collection<Constant> seen, long bits, long executable) {
    Operand operand = Operand.of(argument);
    return switch (kind) {
      case PROTECTION ->
          (bits & executable) != 0
              ? Optional.empty()
              : Optional.of(none(operand.withMask(symbol("PROT_EXEC"))));
      case FLAGS ->
          Optional.of(
              none(
                  seen.isEmpty()
                      ? operand
                      : operand.withMask(new Constant.Complement(union(seen)))));
      case CHOICE -> {
        Operand masked =
            ignored.isEmpty()
                ? operand
                : operand.withMask(
                    new Constant.Complement(
                        union(ignored.stream().map(ArgumentSlot::symbol).toList())));
        yield Optional.of(
            seen.size() == 1
                ? new Condition.Compare(masked, Comparison.EQUAL, seen.iterator().next())
                : new Condition.Member(masked, List.copyOf(seen)));
      }
    };
  }

  private static Condition none(Operand operand) {
    return new Condition.Compare(operand, Comparison.EQUAL, Constant.Literal.of(0));
  }

  private static Constant symbol(String name) {
    return new Constant.Symbol(name, Position.NONE);
  }

  private static Constant union(Collection<Constant> parts) {
    return parts.size() == 1 ? parts.iterator().next() : new Constant.Union(List.copyOf(parts));
  }
}
