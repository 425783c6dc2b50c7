package dev.hardwire.formats.environment;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.CallLists;
import dev.hardwire.policy.text.LogicalLines;
import dev.hardwire.policy.text.SourceText;
import dev.hardwire.text.NearestName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the variables of the preload library: {@code SECCOMP_SYSCALL_ALLOW}, {@code
 * SECCOMP_SYSCALL_DENY} and {@code SECCOMP_DEFAULT_ACTION}, as lines {@code NAME=VALUE} of a file
 * such as systemd's {@code EnvironmentFile=} or a shell script.
 *
 * <p>An allow list, even an empty one, takes precedence over a deny list.
 */
public final class EnvironmentReader {
  private EnvironmentReader() {}

  /**
   * Reads the lines of a file; other variables are ignored.
   *
   * @throws PolicyException if neither list is there
   */
  public static Policy read(byte[] content, String source) {
    Map<String, LogicalLines.Line> values = new LinkedHashMap<>();
    for (LogicalLines.Line line :
        LogicalLines.of(SourceText.decode(content, source), LogicalLines.Style.ENVIRONMENT)) {
      String text = line.text();
      int start = text.startsWith("export ") ? "export ".length() : 0;
      int equals = text.indexOf('=', start);
      if (equals >= 0) {
        String name = text.substring(start, equals).strip();
        checkSpelling(name, line.from(start).position(0));
        values.put(name, unquoted(line.from(equals + 1)));
      }
    }
    Optional<String> allow =
        Optional.ofNullable(values.get(EnvironmentPolicy.ALLOW)).map(LogicalLines.Line::text);
    Optional<String> deny =
        Optional.ofNullable(values.get(EnvironmentPolicy.DENY)).map(LogicalLines.Line::text);
    if (allow.isEmpty() && deny.isEmpty()) {
      throw new PolicyException(
          new Position(source, 0, 0),
          "neither "
              + EnvironmentPolicy.ALLOW
              + " nor "
              + EnvironmentPolicy.DENY
              + " is set; set one");
    }
    LogicalLines.Line action = values.get(EnvironmentPolicy.ACTION);
    return CallLists.policy(
            allow,
            allow.isPresent() ? Optional.empty() : deny,
            action == null
                ? Action.KILL_PROCESS
                : EnvironmentPolicy.action(action.text(), action.position(0)),
            new CallLists.Sources(
                source + ": " + EnvironmentPolicy.ALLOW,
                source + ": " + EnvironmentPolicy.DENY,
                source + ": " + EnvironmentPolicy.ACTION))
        .withDefaultAt(action == null ? new Position(source, 0, 0) : action.position(0));
  }

  /** Rejects misspelt names of the three variables; other variables are ignored. */
  private static void checkSpelling(String name, Position position) {
    List<String> known = EnvironmentPolicy.VARIABLES;
    String hint = NearestName.hint(name, known);
    if (!known.contains(name) && !hint.isEmpty()) {
      throw new PolicyException(position, "unknown variable \"" + name + "\"" + hint);
    }
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
