package dev.hardwire.stub;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Formats the steps of a setup program like system calls in strace's output. */
public final class SetupText {
  private static final List<String> FILTER_FLAGS = List.of("TSYNC", "LOG");

  private final Target machine;
  private final RestrictionText restrictions;
  private final Map<Long, Argument> scratch = new HashMap<>();
  private final int word;

  private SetupText(Target machine, Bytes data) {
    this.machine = machine;
    this.word = machine.elfClass().wordSize();
    this.restrictions = new RestrictionText(machine, data);
  }

  /**
   * One line for each system call, and for each store of rights. Other structures that are built by
   * stores appear in the call that uses them.
   */
  public static List<String> lines(Target machine, SetupProgram program) {
    SetupText text = new SetupText(machine, program.data());
    List<String> lines = new ArrayList<>();
    for (Step step : program.steps()) {
      if (step instanceof Step.Store store) {
        store.words().forEach(w -> text.scratch.put(w.scratchOffset(), w.value()));
        text.restrictions.store(store).ifPresent(line -> lines.add(skipping(line, store.skip())));
      } else {
        lines.add(text.line((Step.SystemCall) step));
      }
    }
    return lines;
  }

  private static String skipping(String line, int steps) {
    return steps == 0 ? line : line.isEmpty() ? skip(steps) : line + "; " + skip(steps);
  }

  private String line(Step.SystemCall call) {
    Optional<String> restriction = restrictions.call(call);
    String text;
    if (restriction.isPresent()) {
      text = restriction.get();
    } else if (call.number() == SetupWriter.number(machine, "prctl")) {
      text = prctl(call);
    } else if (call.number() == SetupWriter.number(machine, "seccomp")) {
      text = seccomp(call);
    } else if (call.number() == SetupWriter.number(machine, "write")) {
      text = "write(%s)".formatted(arguments(call, 0, 3));
    } else {
      text = "syscall_%d(%s)".formatted(call.number(), arguments(call, 0));
    }
    return text + outcome(call);
  }

  private String prctl(Step.SystemCall call) {
    boolean noNewPrivs = call.arguments().get(0).equals(new Argument.Value(38));
    return "prctl(%s, %s)"
        .formatted(
            noNewPrivs ? "PR_SET_NO_NEW_PRIVS" : argument(call.arguments().get(0)),
            arguments(call, 1, 5));
  }

  private String seccomp(Step.SystemCall call) {
    boolean setFilter = call.arguments().get(0).equals(new Argument.Value(1));
    if (!setFilter || !(call.arguments().get(2) instanceof Argument.ScratchPointer structure)) {
      return "seccomp(%s)".formatted(arguments(call, 0, 3));
    }
    Argument length = scratch.getOrDefault(structure.bits(), new Argument.Value(0));
    Argument filter = scratch.getOrDefault(structure.bits() + word, new Argument.Value(0));
    Argument mark = call.arguments().get(3);
    return "seccomp(SECCOMP_SET_MODE_FILTER, %s, {len=%d, filter=%s}%s)"
        .formatted(
            FlagText.of(call.arguments().get(1).bits(), "SECCOMP_FILTER_FLAG_", FILTER_FLAGS),
            FilterLength.instructions(machine, length.bits()),
            argument(filter),
            mark.bits() == 0 ? "" : ", " + argument(mark));
  }

  private static String arguments(Step.SystemCall call, int from) {
    return arguments(call, from, 6);
  }

  static String arguments(Step.SystemCall call, int from, int to) {
    return String.join(
        ", ", call.arguments().subList(from, to).stream().map(SetupText::argument).toList());
  }

  static String argument(Argument argument) {
    String hex = Long.toHexString(argument.bits());
    if (argument instanceof Argument.DataPointer) {
      return "data+0x" + hex;
    }
    if (argument instanceof Argument.ImagePointer) {
      long bits = argument.bits();
      return bits < 0 ? "blob-0x" + Long.toHexString(-bits) : "blob+0x" + hex;
    }
    if (argument instanceof Argument.ScratchPointer) {
      return "&scratch[0x" + hex + "]";
    }
    if (argument instanceof Argument.ScratchWord) {
      return "scratch[0x" + hex + "]";
    }
    return argument.bits() >= 0 && argument.bits() < 10 ? hex : "0x" + hex;
  }

  private static String outcome(Step.SystemCall call) {
    String onSuccess = skip(call.skipOnSuccess());
    String test =
        switch (call.failure()) {
          case NEVER -> null;
          case ERROR -> "on an error";
          case NON_ZERO -> "unless it returns 0";
        };
    if (test == null) {
      return onSuccess.isEmpty() ? "" : "; " + onSuccess;
    }
    String onFailure = call.skipOnFailure() == 0 ? "exit_group(126)" : skip(call.skipOnFailure());
    return "; " + test + ": " + onFailure + (onSuccess.isEmpty() ? "" : ", else " + onSuccess);
  }

  private static String skip(int steps) {
    return switch (steps) {
      case 0 -> "";
      case 1 -> "skip 1 step";
      case Step.STOP -> "exit_group(126)";
      default -> "skip " + steps + " steps";
    };
  }
}
