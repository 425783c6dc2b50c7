package dev.hardwire.cli.terminal;

import dev.hardwire.os.ProcessState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Which of the standard streams are terminals, and what is wanted there. */
public final class Terminal {
  private Terminal() {}

  /**
   * Whether a descriptor of this process is a terminal; {@code System.console()} is about two of
   * them together.
   */
  public static boolean is(int descriptor) {
    String target = target(descriptor);
    return target.startsWith("/dev/pts/")
        || target.equals("/dev/console")
        || target.startsWith("/dev/tty");
  }

  /** The file that a descriptor leads to; empty if that is unknown, as without /proc. */
  private static String target(int descriptor) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(descriptor)))
          .toString();
    } catch (IOException | UnsupportedOperationException e) {
      return "";
    }
  }

  /**
   * Whether what is written to a descriptor of this process goes to another process, by a pipe or a
   * socket: a write fails only when nothing reads it any more, unless writes do not wait.
   */
  public static boolean goesToProcess(int descriptor) {
    String target = target(descriptor);
    boolean isPipe = target.startsWith("pipe:") || target.startsWith("socket:");
    return isPipe && ProcessState.waits(descriptor);
  }

  /**
   * Whether text on a descriptor is to have colours: on a terminal that has any, unless NO_COLOR is
   * set and not empty (no-color.org).
   */
  public static boolean hasColours(int descriptor) {
    return wantsColours(System.getenv()) && is(descriptor);
  }

  static boolean wantsColours(Map<String, String> environment) {
    String kind = environment.getOrDefault("TERM", "dumb");
    return environment.getOrDefault("NO_COLOR", "").isEmpty()
        && !kind.isEmpty()
        && !kind.equals("dumb");
  }
}
