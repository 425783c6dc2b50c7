package dev.hardwire.calls;

import dev.hardwire.arch.Target;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Functions of the C library whose names differ from the system calls that they make, as in glibc
 * 2.36 and musl 1.2 on 64-bit architectures.
 */
public final class LibraryFunctions {
  /** A function and its calls, the preferred one first; the first that an architecture has. */
  private static final Map<String, List<String>> CALLS =
      """
      abort tgkill
      execl execve
      execle execve
      execlp execve
      execv execve
      execvp execve
      execvpe execve
      fexecve execveat
      fopen openat
      gethostname uname
      isatty ioctl
      killpg kill
      lockf fcntl
      mkfifo mknodat
      nice setpriority
      opendir openat
      popen clone
      posix_spawn clone
      pread pread64
      pselect pselect6
      pthread_create clone3 clone
      pwrite pwrite64
      raise tgkill
      readdir getdents64
      recv recvfrom
      send sendto
      shm_open openat
      sigaction rt_sigaction
      signal rt_sigaction
      sigpending rt_sigpending
      sigprocmask rt_sigprocmask
      sigqueue rt_sigqueueinfo
      sigsuspend rt_sigsuspend
      sigtimedwait rt_sigtimedwait
      sigwait rt_sigtimedwait
      sleep clock_nanosleep
      stime clock_settime
      system clone
      tcgetattr ioctl
      tcsetattr ioctl
      umount umount2
      usleep clock_nanosleep
      wait wait4
      wait3 wait4
      waitpid wait4
      """
          .lines()
          .map(line -> Arrays.asList(line.split(" ")))
          .collect(Collectors.toUnmodifiableMap(w -> w.get(0), w -> w.subList(1, w.size())));

  private LibraryFunctions() {}

  /** The call that a function makes, unless it is a call of that name itself. */
  public static Optional<String> call(String function, Target architecture) {
    if (Multiplexer.isReachable(architecture, function)) {
      return Optional.empty();
    }
    return CALLS.getOrDefault(function, List.of()).stream()
        .filter(call -> Multiplexer.isReachable(architecture, call))
        .findFirst();
  }

  /** The end of a message about a name, or nothing if it is no such function. */
  public static String hint(String function, Target architecture) {
    return call(function, architecture)
        .map(call -> "; the C library's %s calls %s: name that".formatted(function, call))
        .orElse("");
  }
}
