package dev.hardwire.learn.log;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Notices that a trace does not have every call, because strace was told to leave some out. What
 * every process does, such as ending and loading its libraries, must then be in it.
 */
public final class TraceGaps {
  private static final List<String> ENDS = List.of("exit", "exit_group");

  /** What {@code -e trace=%process} shows, and a complete trace does not consist of. */
  private static final Set<String> OF_PROCESSES =
      Set.of(
          "execve",
          "execveat",
          "exit",
          "exit_group",
          "clone",
          "clone3",
          "fork",
          "vfork",
          "wait4",
          "waitid",
          "waitpid",
          "kill",
          "tkill",
          "tgkill",
          "pidfd_send_signal",
          "rt_sigqueueinfo");

  /** The same for {@code -e trace=%network}; no program does without memory. */
  private static final Set<String> OF_NETWORK =
      Set.of(
          "socket",
          "socketpair",
          "socketcall",
          "connect",
          "bind",
          "listen",
          "accept",
          "accept4",
          "send",
          "sendto",
          "sendmsg",
          "sendmmsg",
          "recv",
          "recvfrom",
          "recvmsg",
          "recvmmsg",
          "shutdown",
          "getsockopt",
          "setsockopt",
          "getsockname",
          "getpeername");

  private final Set<String> calls = new HashSet<>();
  private Optional<String> failure = Optional.empty();
  private boolean exited;
  private boolean executed;
  private boolean loads;
  private boolean numbered;
  private boolean forked;

  /** A line that names its thread. */
  public void numbered() {
    numbered = true;
  }

  /** A call that is in the trace, or whose absence says nothing. */
  public void call(String name) {
    calls.add(name);
  }

  /** A library was opened. */
  public void loads() {
    loads = true;
  }

  public void executes() {
    executed = true;
  }

  /** An {@code execve} failed, with a result as strace writes it. */
  public void failsToExecute(String result) {
    failure = failure.or(() -> Optional.of(result));
  }

  /** Why the program was not started, as strace writes it; empty if it was. */
  public Optional<String> notStarted() {
    boolean none = executed || ENDS.stream().anyMatch(calls::contains);
    return none ? Optional.empty() : failure;
  }

  /** A process or thread was started. */
  public void forks() {
    forked = true;
  }

  /** A process ended by itself. */
  public void exited() {
    exited = true;
  }

  /**
   * What is missing.
   *
   * @param separate whether each thread has a file of its own
   */
  public Optional<String> missing(boolean separate) {
    if (!exited || calls.isEmpty()) {
      return missingLibrary();
    }
    if (ENDS.stream().noneMatch(calls::contains)) {
      return Optional.of("a process exits, but the trace has no exit_group");
    }
    if (executed && OF_PROCESSES.containsAll(calls)) {
      return Optional.of("the trace has only calls that start and end processes");
    }
    if (executed
        && calls.stream()
            .allMatch(call -> OF_PROCESSES.contains(call) || OF_NETWORK.contains(call))) {
      return Optional.of("the trace has only calls of processes and of the network");
    }
    if (forked && !numbered && !separate) {
      return Optional.of("the program started other processes or threads, which were not traced");
    }
    return missingLibrary();
  }

  private Optional<String> missingLibrary() {
    if (loads && !(has("read", "pread64") && has("mmap", "mmap2", "old_mmap") && has("close"))) {
      return Optional.of("a library is loaded, but the trace lacks read, mmap or close");
    }
    return Optional.empty();
  }

  private boolean has(String... names) {
    return List.of(names).stream().anyMatch(calls::contains);
  }
}
