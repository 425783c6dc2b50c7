package dev.hardwire.policy;

/** Explains the actions of seccomp(2) that a program cannot use to confine itself. */
final class HelperActions {
  private HelperActions() {}

  /** The reason for refusing an action that needs another process; empty for other texts. */
  static String reason(String text) {
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
