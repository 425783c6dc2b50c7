package dev.hardwire.why;

/** What a filter did to a system call. */
public enum Ending {
  /** The process was ended. */
  KILLED("killed"),
  /** The thread was ended. */
  THREAD_KILLED("thread-killed"),
  /** The thread got SIGSYS, which it may have handled. */
  TRAPPED("trapped"),
  /** The call returned an error without being made. */
  FAILED("failed"),
  /** The call was made, and the kernel logged it. */
  LOGGED("logged");

  private final String id;

  Ending(String id) {
    this.id = id;
  }

  /** Its name in reports. */
  @Override
  public String toString() {
    return id;
  }
}
