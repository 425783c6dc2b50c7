package dev.hardwire.learn.paths;

import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Position;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Absolute paths as text: nothing is looked up. */
public final class PathText {
  /** Everything, the settings of the system, and the files of all people. */
  private static final Set<String> NEVER = Set.of("/", "/etc", "/home");

  /** Directories whose entries have nothing to do with each other. */
  private static final Set<String> COLLECTIONS =
      Set.of(
          "/var/cache", "/var/lib", "/var/log", "/var/opt", "/var/run", "/var/spool", "/var/tmp");

  private static final Pattern PROCESS = Pattern.compile("/proc/(?:self|thread-self|\\d+)(/.*)?");

  /** Links of a process to the directory from which its paths start, which may be anything. */
  private static final Pattern START = Pattern.compile("/proc/.+/(?:root|cwd)(?:/.*)?");

  private static final Pattern TERMINAL = Pattern.compile("/dev/pts/(?:\\d+|ptmx)");

  private PathText() {}

  /** Directories that are told apart; for what is deeper, its ancestor of this depth stands. */
  private static final int DEEPEST = 64;

  /**
   * The path without {@code .}, {@code ..} and repeated separators.
   *
   * @param path an absolute one
   * @return at most its first 64 parts
   */
  public static String normal(String path) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : path.split("/", -1)) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return parts.stream().limit(DEEPEST).collect(Collectors.joining("/", "/", ""));
  }

  /** The directory that has it; {@code /} of itself. */
  public static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? "/" : path.substring(0, slash);
  }

  /** Whether a path is another one, or below it. */
  static boolean isBelow(String path, String directory) {
    return path.equals(directory) || directory.equals("/") || path.startsWith(directory + "/");
  }

  /** Whether a rule for it would open what nobody who reads a trace thinks of. */
  static boolean isNever(String path) {
    return NEVER.contains(path) || START.matcher(path).matches();
  }

  /** Whether rules for files below a directory may be replaced by one for the directory. */
  static boolean mayMerge(String directory, boolean write) {
    String parent = parent(directory);
    boolean top = parent.equals("/");
    boolean someones = parent.equals("/home") || parent.equals("/run/user");
    boolean system = isBelow(directory, "/usr") || isBelow(directory, "/etc");
    if (write) {
      return !top && !someones && !system && !COLLECTIONS.contains(directory);
    }
    return directory.equals("/usr") || (!top && !someones && !COLLECTIONS.contains(directory));
  }

  /**
   * The path for which a rule lasts: files of processes and of terminals have other names the next
   * time, and the kernel may forget a rule for a file below {@code /proc} when memory is short.
   */
  static String lasting(String path, boolean write) {
    if (TERMINAL.matcher(path).matches()) {
      return "/dev/pts";
    }
    if (!isBelow(path, "/proc")) {
      return path;
    }
    return write ? PROCESS.matcher(path).replaceFirst("/proc/self$1") : "/proc";
  }

  /** Whether a policy can name it. */
  static boolean isExpressible(String path) {
    try {
      return new PathRule(path, false, Position.NONE).path().equals(path);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * The text of a path in a log.
   *
   * @param bytes as characters, ISO 8859-1
   * @return the text; with control characters for what is not UTF-8
   */
  public static String decoded(String bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1));
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(buffer.duplicate()).toString();
    } catch (CharacterCodingException e) {
      // a character that no policy can have, so that a rule for the directory is made
      return bytes.replaceAll("[^\\x20-\\x7e]", "\u0001");
    }
  }
}
