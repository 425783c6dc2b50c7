package dev.hardwire.filter;

import dev.hardwire.policy.Action;
import java.util.Map;
import java.util.Optional;

/**
 * A filter's return value (seccomp(2)): an action in the upper half, data in the lower half.
 *
 * @param value unsigned 32 bits
 */
public record Verdict(long value) {
  public static final long KILL_PROCESS = 0x8000_0000L;
  public static final long KILL_THREAD = 0x0000_0000L;
  public static final long TRAP = 0x0003_0000L;
  public static final long ERRNO = 0x0005_0000L;
  public static final long USER_NOTIF = 0x7fc0_0000L;
  public static final long TRACE = 0x7ff0_0000L;
  public static final long LOG = 0x7ffc_0000L;
  public static final long ALLOW = 0x7fff_0000L;

  private static final Map<Long, String> NAMES =
      Map.of(
          KILL_PROCESS, "kill-process",
          KILL_THREAD, "kill-thread",
          TRAP, "trap",
          ERRNO, "errno",
          USER_NOTIF, "notify",
          TRACE, "trace",
          LOG, "log",
          ALLOW, "allow");

  /** SECCOMP_RET_ACTION_FULL. */
  private static final long ACTION_MASK = 0xffff_0000L;

  /**
   * Written by hand, as in other records here: the generated methods cost twenty milliseconds at
   * start-up.
   */
  @Override
  public boolean equals(Object other) {
    return other instanceof Verdict that && value == that.value;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(value);
  }

  public Verdict {
    if (value < 0 || value > 0xffff_ffffL) {
      throw new IllegalArgumentException(value + " does not fit 32 bits");
    }
  }

  public static Verdict of(Action action) {
    if (action instanceof Action.Allow) {
      return new Verdict(ALLOW);
    } else if (action instanceof Action.Log) {
      return new Verdict(LOG);
    } else if (action instanceof Action.Errno errno) {
      return new Verdict(ERRNO | errno.number());
    } else if (action instanceof Action.Trap) {
      return new Verdict(TRAP);
    } else if (action instanceof Action.KillThread) {
      return new Verdict(KILL_THREAD);
    } else if (action instanceof Action.KillProcess) {
      return new Verdict(KILL_PROCESS);
    }
    throw new AssertionError(action);
  }

  /** The value without its data. */
  public long action() {
    return value & ACTION_MASK;
  }

  /** Whether the kernel makes the call: {@code allow}, and {@code log}, which also logs it. */
  public boolean letsThrough() {
    return action() == ALLOW || action() == LOG;
  }

  /** SECCOMP_RET_DATA. */
  public int data() {
    return (int) (value & 0xffff);
  }

  /** The action of a policy with this value; empty for values that policies never return. */
  public Optional<Action> toAction() {
    Optional<Action> exact =
        Action.SIMPLE.stream().filter(action -> of(action).equals(this)).findFirst();
    if (exact.isEmpty() && action() == ERRNO && data() <= 4095) {
      return Optional.of(new Action.Errno(data()));
    }
    return exact;
  }

  /** The action's text in a policy if there is one, otherwise the constant's name and the data. */
  @Override
  public String toString() {
    return toAction().map(Action::toString).orElseGet(this::describe);
  }

  private String describe() {
    return String.format("%s (0x%08x)", NAMES.getOrDefault(action(), "unknown"), value);
  }
}
