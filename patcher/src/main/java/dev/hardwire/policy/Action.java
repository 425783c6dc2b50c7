package dev.hardwire.policy;

import dev.hardwire.text.NearestName;
import java.util.List;
import java.util.OptionalInt;

/**
 * The decision for a system call: the return actions of seccomp(2) that need no helper process.
 *
 * <p>Each has one text form, {@code toString}, which {@link #parse} reads.
 */
public sealed interface Action
    permits Action.Allow,
        Action.Log,
        Action.Errno,
        Action.Trap,
        Action.KillThread,
        Action.KillProcess {
  /**
   * Whether a call is made: it is allowed, perhaps with a log entry. Compares types, not values.
   *
   * @param action the action of the call
   * @return whether it is {@link #ALLOW} or {@link #LOG}
   */
  static boolean letsThrough(Action action) {
    return action instanceof Allow || action instanceof Log;
  }

  /** The call is made. */
  Action ALLOW = new Allow();

  /** The call is made and logged (SECCOMP_RET_LOG). */
  Action LOG = new Log();

  /** The thread gets SIGSYS (SECCOMP_RET_TRAP). */
  Action TRAP = new Trap();

  /** The thread is killed (SECCOMP_RET_KILL_THREAD). */
  Action KILL_THREAD = new KillThread();

  /** The process is killed (SECCOMP_RET_KILL_PROCESS). */
  Action KILL_PROCESS = new KillProcess();

  /** The call is executed. */
  record Allow() implements Action {
    @Override
    public String toString() {
      return "allow";
    }
  }

  /** The call is executed and logged by the kernel. */
  record Log() implements Action {
    @Override
    public String toString() {
      return "log";
    }
  }

  /**
   * The call is not executed and fails with an error number.
   *
   * @param number 0 to 4095; 0 makes the call seem to succeed
   */
  record Errno(int number) implements Action {
    /**
     * Checks the components.
     *
     * @param number 0 to 4095; 0 makes the call seem to succeed
     */
    public Errno {
      if (number < 0 || number > ErrorNumber.MAXIMUM) {
        throw new IllegalArgumentException(
            "error number " + number + " is not within 0 to " + ErrorNumber.MAXIMUM);
      }
    }

    /**
     * The error's name, or its number if it has no name.
     *
     * @return such as {@code EPERM}
     */
    public String name() {
      return ErrorNumber.name(number).orElse(Integer.toString(number));
    }

    @Override
    public String toString() {
      return "errno " + name();
    }
  }

  /** The thread gets SIGSYS, which it can handle. */
  record Trap() implements Action {
    @Override
    public String toString() {
      return "trap";
    }
  }

  /** The thread is killed; others continue. */
  record KillThread() implements Action {
    @Override
    public String toString() {
      return "kill-thread";
    }
  }

  /** The process is killed. */
  record KillProcess() implements Action {
    @Override
    public String toString() {
      return "kill-process";
    }
  }

  /** The actions without a parameter. */
  List<Action> SIMPLE = List.of(ALLOW, LOG, TRAP, KILL_THREAD, KILL_PROCESS);

  /**
   * The {@code errno} action for a name such as {@code EPERM}, or for a number.
   *
   * @param nameOrNumber such as {@code EPERM} or {@code 1}
   * @return the action
   */
  static Errno errno(String nameOrNumber) {
    OptionalInt known = ErrorNumber.number(nameOrNumber);
    if (known.isPresent()) {
      return new Errno(known.getAsInt());
    }
    if (nameOrNumber.matches("[0-9]{1,4}")) {
      return new Errno(Integer.parseInt(nameOrNumber));
    }
    throw new IllegalArgumentException(
        "unknown error name \""
            + nameOrNumber
            + "\""
            + NearestName.hint(nameOrNumber, ErrorNumber.names()));
  }

  /**
   * Reads an action's text: {@code allow}, {@code log}, {@code trap}, {@code kill-thread}, {@code
   * kill-process}, {@code errno NAME} or {@code errno:NAME}.
   *
   * @param text such as {@code errno EPERM}
   * @return the action
   * @throws IllegalArgumentException whose message names the mistake and the valid actions
   */
  static Action parse(String text) {
    for (Action action : SIMPLE) {
      if (action.toString().equals(text)) {
        return action;
      }
    }
    if (text.startsWith("errno ") || text.startsWith("errno:")) {
      return errno(text.substring("errno ".length()).strip());
    }
    if (text.equals("errno")) {
      throw new IllegalArgumentException("\"errno\" requires a name, as in \"errno EPERM\"");
    }
    String helper = helper(text);
    if (!helper.isEmpty()) {
      throw new IllegalArgumentException(helper);
    }
    List<String> known = List.of("allow", "log", "trap", "kill-thread", "kill-process", "errno");
    throw new IllegalArgumentException(
        "unknown action \""
            + text
            + "\""
            + NearestName.hint(text.split("[ :]", 2)[0], known)
            + " (actions: allow, log, errno NAME, trap, kill-thread, kill-process)");
  }

  /** Why an action is refused that another process takes; empty for other texts. */
  private static String helper(String text) {
    return switch (text) {
      case "trace" ->
          "\"trace\" (SECCOMP_RET_TRACE) asks a process that traces this one by ptrace(2), and"
              + " fails with ENOSYS if there is none; a program alone cannot use it, choose another"
              + " action";
      case "notify", "user-notify", "user_notif" ->
          "\"%s\" (SECCOMP_RET_USER_NOTIF) waits for another process, which must have the listener of"
                  .formatted(text)
              + " this filter, to answer the call; a program alone cannot use it, choose another"
              + " action";
      default -> "";
    };
  }
}
