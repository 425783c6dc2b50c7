package dev.hardwire.stub;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.policy.Capabilities.Capability;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Formats the steps of {@link LandlockSteps}, {@link LimitSteps}, {@link CapabilitySteps} and
 * {@link SealSteps}.
 */
final class RestrictionText {
  private static final List<String> RESOURCES =
      List.of("RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_NOFILE");
  private static final List<Integer> RESOURCE_NUMBERS = List.of(1, 4, 7);
  private static final Argument ZERO = new Argument.Value(0);

  private final Bytes data;
  private final Target machine;
  private final int word;

  /** What the scratch area holds, by offset: stored values, and paths that were opened. */
  private final Map<Long, String> scratch = new HashMap<>();

  RestrictionText(Target machine, Bytes data) {
    this.data = data.withOrder(machine.order());
    this.machine = machine;
    this.word = machine.elfClass().wordSize();
  }

  /** The text of a store, unless it is for a filter; an empty text if it only skips steps. */
  Optional<String> store(Step.Store store) {
    if (store.words().isEmpty()) {
      return Optional.of("");
    }
    List<String> words = new ArrayList<>();
    for (Step.Word stored : store.words()) {
      if (stored.scratchOffset() < CapabilitySteps.SETS) {
        return Optional.empty();
      }
      words.add(place(field(stored.scratchOffset())) + "=" + value(stored));
      scratch.put(stored.scratchOffset(), value(stored));
    }
    return Optional.of("store " + String.join(", ", words));
  }

  private static String place(long offset) {
    if (offset == LandlockSteps.ATTRIBUTES) {
      return "handled_access_fs";
    }
    if (offset == LandlockSteps.PORTS) {
      return "handled_access_net";
    }
    if (offset == LandlockSteps.SCOPED) {
      return "scoped";
    }
    if (offset == LandlockSteps.QUIET_FILES) {
      return "quiet_access_fs";
    }
    return offset == LandlockSteps.FLAGS ? "flags" : "scratch[0x" + Long.toHexString(offset) + "]";
  }

  /** The place that a field has in the shorter structure. */
  private static long field(long offset) {
    long start = LandlockSteps.QUIET_ATTRIBUTES;
    return offset >= start && offset < LandlockSteps.QUIET_FILES
        ? offset - start + LandlockSteps.ATTRIBUTES
        : offset;
  }

  private String value(Step.Word stored) {
    if (!(stored.value() instanceof Argument.Value)) {
      String held = scratch.get(stored.value().bits());
      return held == null ? SetupText.argument(stored.value()) : held;
    }
    long bits = stored.value().bits();
    long offset = field(stored.scratchOffset());
    if (offset == LandlockSteps.PORTS || offset == LandlockSteps.UDP) {
      return ports(bits);
    }
    if (offset == LandlockSteps.SCOPED) {
      return FlagText.of(bits, "LANDLOCK_SCOPE_", FlagText.SCOPED);
    }
    if (offset == LandlockSteps.FLAGS) {
      return FlagText.of(bits, "LANDLOCK_RESTRICT_SELF_", FlagText.RESTRICT_SELF);
    }
    if (offset >= LandlockSteps.ATTRIBUTES) {
      return FlagText.of(bits, "", FlagText.FILES);
    }
    return SetupText.argument(stored.value());
  }

  private static String ports(long bits) {
    return FlagText.of(bits, "LANDLOCK_ACCESS_NET_", FlagText.PORTS);
  }

  /** The text of a call, if these steps make such calls. */
  Optional<String> call(Step.SystemCall call) {
    Optional<String> text = text(call);
    if (text.isPresent() && call.resultWord().isPresent()) {
      long offset = (long) call.resultWord().getAsInt() * word;
      return Optional.of(
          "%s = %s".formatted(SetupText.argument(new Argument.ScratchWord(offset)), text.get()));
    }
    return text;
  }

  private Optional<String> text(Step.SystemCall call) {
    String name = SyscallTable.of(machine).name(call.number()).orElse("");
    return switch (name) {
      case "prctl" -> prctl(call);
      case "landlock_create_ruleset",
          "landlock_add_rule",
          "landlock_restrict_self",
          "openat",
          "futex",
          "close",
          "prlimit64",
          "close_range",
          "capget",
          "capset" ->
          Optional.of("%s(%s)".formatted(name, arguments(name, call)));
      case "mseal" -> {
        boolean probes = !call.arguments().get(2).equals(ZERO);
        yield Optional.of(
            "mseal(%s)%s"
                .formatted(
                    arguments(name, call),
                    probes
                        ? ", which kernels before Linux 6.10 answer with ENOSYS, and seal nothing"
                        : ""));
      }
      default -> Optional.empty();
    };
  }

  private String arguments(String name, Step.SystemCall call) {
    List<Argument> given = call.arguments();
    return switch (name) {
      case "landlock_create_ruleset" ->
          given.get(0).equals(ZERO) && given.get(2).equals(new Argument.Value(1))
              ? "NULL, " + SetupText.argument(given.get(1)) + ", LANDLOCK_CREATE_RULESET_VERSION"
              : SetupText.arguments(call, 0, 3);
      case "landlock_add_rule" ->
          SetupText.argument(given.get(0))
              + ", "
              + rule(given)
              + ", "
              + (given.get(3).equals(new Argument.Value(1))
                  ? "LANDLOCK_ADD_RULE_QUIET"
                  : SetupText.argument(given.get(3)));
      case "landlock_restrict_self" -> descriptor(given.get(0)) + ", " + flags(given.get(1));
      case "openat" -> openat(call);
      case "futex" -> futex(call);
      case "mseal" -> SetupText.arguments(call, 0, 3);
      case "capget", "capset" -> SetupText.arguments(call, 0, 2);
      case "close" -> SetupText.argument(given.get(0));
      case "prlimit64" ->
          SetupText.argument(given.get(0))
              + ", "
              + resource(given.get(1))
              + ", "
              + limit(given.get(2))
              + ", "
              + (given.get(3).equals(ZERO) ? "NULL" : SetupText.argument(given.get(3)));
      default -> // close_range
          range(given.get(0))
              + ", "
              + range(given.get(1))
              + ", "
              + SetupText.argument(given.get(2));
    };
  }

  private static String futex(Step.SystemCall call) {
    List<Argument> given = call.arguments();
    String place = SetupText.argument(given.get(0));
    if (given.get(1).equals(new Argument.Value(132))) {
      String number =
          given.get(5).equals(SealSteps.ENOSYS) ? "-ENOSYS" : SetupText.argument(given.get(5));
      return place
          + ", FUTEX_CMP_REQUEUE_PRIVATE, "
          + SetupText.arguments(call, 2, 5)
          + ", "
          + number;
    }
    if (given.get(1).equals(new Argument.Value(CapabilitySteps.FUTEX_WAKE_OP_PRIVATE))) {
      long bits = given.get(5).bits();
      return place
          + ", FUTEX_WAKE_OP_PRIVATE, "
          + SetupText.arguments(call, 2, 5)
          + ", "
          + operation(bits >>> 28, (bits >>> 12) & 0xfff)
          + ((bits & 0x0f00_0fff) == 0 ? "" : " 0x" + Long.toHexString(bits));
    }
    return place + ", " + SetupText.arguments(call, 1, 6);
  }

  private static String operation(long operation, long operand) {
    boolean shifted = (operation & CapabilitySteps.FUTEX_OP_OPARG_SHIFT) != 0;
    long what = operation & ~CapabilitySteps.FUTEX_OP_OPARG_SHIFT;
    String sign =
        what == CapabilitySteps.FUTEX_OP_ANDN
            ? "&= ~"
            : what == CapabilitySteps.FUTEX_OP_OR ? "|= " : "op " + what + " ";
    long number = operand < 0x800 ? operand : operand | 0xffff_f000L;
    return sign + (shifted ? "(1 << " + operand + ")" : "0x" + Long.toHexString(number));
  }

  private static String flags(Argument argument) {
    return argument instanceof Argument.Value && argument.bits() != 0
        ? FlagText.of(argument.bits(), "LANDLOCK_RESTRICT_SELF_", FlagText.RESTRICT_SELF)
        : SetupText.argument(argument);
  }

  private static String descriptor(Argument argument) {
    return argument.equals(new Argument.Value(0xffff_ffffL)) ? "-1" : SetupText.argument(argument);
  }

  private static String range(Argument argument) {
    return argument instanceof Argument.Value && argument.bits() < 0xffff_ffffL
        ? Long.toString(argument.bits())
        : argument.equals(new Argument.Value(0xffff_ffffL)) ? "~0U" : SetupText.argument(argument);
  }

  private String openat(Step.SystemCall call) {
    List<Argument> given = call.arguments();
    String path =
        given.get(1) instanceof Argument.DataPointer pointer
            ? string(pointer.bits())
            : SetupText.argument(given.get(1));
    call.resultWord().ifPresent(index -> scratch.put((long) index * word, "fd of " + path));
    boolean here = given.get(0).equals(new Argument.Value(0xffff_ff9cL));
    boolean usual = given.get(2).equals(new Argument.Value(0x28_0000));
    return (here ? "AT_FDCWD" : SetupText.argument(given.get(0)))
        + ", "
        + path
        + ", "
        + (usual ? "O_PATH|O_CLOEXEC" : SetupText.argument(given.get(2)));
  }

  /** The text up to a zero byte, with what is not printable in ASCII as numbers. */
  private String string(long offset) {
    StringBuilder text = new StringBuilder("\"");
    for (long at = offset; at < data.size() && data.u8(at) != 0; at++) {
      int b = data.u8(at);
      if (b < ' ' || b > '~' || b == '"' || b == '\\') {
        text.append(String.format("\\x%02x", b));
      } else {
        text.append((char) b);
      }
    }
    return text.append('"').toString();
  }

  private String rule(List<Argument> given) {
    if (given.get(1).equals(new Argument.Value(1))
        && given.get(2) instanceof Argument.ScratchPointer structure) {
      return "LANDLOCK_RULE_PATH_BENEATH, {allowed_access=%s, parent_fd=%s}"
          .formatted(held(structure.bits()), parent(structure.bits()));
    }
    if (given.get(1).equals(new Argument.Value(2))
        && given.get(2) instanceof Argument.DataPointer structure
        && data.contains(structure.bits(), 16)) {
      return "LANDLOCK_RULE_NET_PORT, {allowed_access=%s, port=%d}"
          .formatted(ports(data.u64(structure.bits())), data.u64(structure.bits() + Long.BYTES));
    }
    return SetupText.argument(given.get(1)) + ", " + SetupText.argument(given.get(2));
  }

  private String held(long offset) {
    return scratch.getOrDefault(offset, "scratch[0x" + Long.toHexString(offset) + "]");
  }

  /** The descriptor follows the rights; in big-endian words it is stored four bytes before that. */
  private String parent(long structure) {
    String there = scratch.get(structure + Long.BYTES);
    return there != null ? there : held(structure + Integer.BYTES);
  }

  private static String resource(Argument resource) {
    int index = RESOURCE_NUMBERS.indexOf((int) resource.bits());
    return index < 0 ? SetupText.argument(resource) : RESOURCES.get(index);
  }

  private String limit(Argument argument) {
    if (argument instanceof Argument.DataPointer structure && data.contains(structure.bits(), 16)) {
      return "{rlim_cur=%d, rlim_max=%d}"
          .formatted(data.u64(structure.bits()), data.u64(structure.bits() + Long.BYTES));
    }
    return SetupText.argument(argument);
  }

  private static Optional<String> prctl(Step.SystemCall call) {
    List<Argument> given = call.arguments();
    if (given.get(0).equals(new Argument.Value(4)) && given.get(1).equals(ZERO)) {
      return Optional.of("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)");
    }
    if (given.get(0).equals(new Argument.Value(65)) && given.get(1).equals(new Argument.Value(1))) {
      return Optional.of(
          "prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, %s)"
              .formatted(SetupText.arguments(call, 2, 5)));
    }
    String name =
        switch ((int) given.get(0).bits()) {
          case CapabilitySteps.PR_CAPBSET_DROP -> "PR_CAPBSET_DROP, ";
          case CapabilitySteps.PR_GET_SECUREBITS -> "PR_GET_SECUREBITS";
          case CapabilitySteps.PR_SET_SECUREBITS -> "PR_SET_SECUREBITS, ";
          default -> null;
        };
    if (name != null && given.get(0) instanceof Argument.Value) {
      boolean get = given.get(0).bits() == CapabilitySteps.PR_GET_SECUREBITS;
      String argument = get ? "" : capability(given);
      return Optional.of("prctl(" + name + argument + ")");
    }
    return Optional.empty();
  }

  private static String capability(List<Argument> given) {
    Optional<Capability> capability =
        given.get(0).bits() == CapabilitySteps.PR_CAPBSET_DROP
            ? Capability.numbered(given.get(1).bits())
            : Optional.empty();
    return capability
        .map(known -> "CAP_" + known.name())
        .orElseGet(() -> SetupText.argument(given.get(1)));
  }
}
