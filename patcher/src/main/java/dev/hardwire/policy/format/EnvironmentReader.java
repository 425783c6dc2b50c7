package dev.hardwire.policy.format;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the variables of the preload library: {@code SECCOMP_SYSCALL_ALLOW}, {@code
 * SECCOMP_SYSCALL_DENY} and {@code SECCOMP_DEFAULT_ACTION}, as lines {@code NAME=VALUE} of a file
 * such as systemd's {@code EnvironmentFile=} or a shell script.
 *
 * <p>An allow list, even an empty one, stands above a deny list.
 */
public final class EnvironmentReader {
  static final String ALLOW = "SECCOMP_SYSCALL_ALLOW";
  static final String DENY = "SECCOMP_SYSCALL_DENY";
  static final String DEFAULT_ACTION = "SECCOMP_DEFAULT_ACTION";

  private EnvironmentReader() {}

  /**
   * Reads the lines of a file; other variables are not looked at.
   *
   * @throws PolicyException if neither list is there
   */
  public static Policy read(byte[] content, String source) {
    Map<String, LogicalLines.Line> values = new LinkedHashMap<>();
    for (LogicalLines.Line line : LogicalLines.of(SourceText.decode(content, source), "#")) {
      String text = line.text();
      int start = text.startsWith("export ") ? "export ".length() : 0;
      int equals = text.indexOf('=', start);
      if (equals >= 0) {
        values.put(text.substring(start, equals).strip(), unquoted(line.from(equals + 1)));
      }
    }
    Optional<String> allow = Optional.ofNullable(values.get(ALLOW)).map(LogicalLines.Line::text);
    Optional<String> deny = Optional.ofNullable(values.get(DENY)).map(LogicalLines.Line::text);
    if (allow.isEmpty() && deny.isEmpty()) {
      throw new PolicyException(
          new Position(source, 0, 0), "neither " + ALLOW + " nor " + DENY + " is set; set one");
    }
    return CallLists.policy(
        allow, allow.isPresent() ? Optional.empty() : deny, action(values.get(DEFAULT_ACTION)));
  }

  private static Action action(LogicalLines.Line value) {
    if (value == null) {
      return Action.KILL_PROCESS;
    }
    return switch (value.text()) {
      case "log" -> Action.LOG;
      case "kill", "" -> Action.KILL_PROCESS;
      default ->
          throw new PolicyException(
              value.position(0),
              "unknown " + DEFAULT_ACTION + " \"" + value.text() + "\"; write log or kill");
    };
  }

  private static LogicalLines.Line unquoted(LogicalLines.Line value) {
    String text = value.text();
    boolean quoted =
        text.length() >= 2
            && (text.startsWith("\"") || text.startsWith("'"))
            && text.charAt(0) == text.charAt(text.length() - 1);
    return quoted
        ? new LogicalLines.Line(text.substring(1, text.length() - 1), i -> value.position(i + 1))
        : value;
  }
}
