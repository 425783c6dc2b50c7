package dev.hardwire.learn.log;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A parsed line of strace's output.
 *
 * @param pid the thread of the line; empty if the line does not name it
 */
public record StraceLine(OptionalInt pid, Body body) {
  /** The contents of a line. */
  public sealed interface Body {}

  /**
   * The start of a call, including its end if no other line came between.
   *
   * @param arguments between the parentheses, as far as they were known; empty if the line was cut
   * @param result after the equals sign; empty for an unfinished call
   */
  public record Call(String name, Optional<String> arguments, Optional<String> result)
      implements Body {}

  /** The end of a call that an earlier line began. */
  public record Resumed(String name, String arguments, String result) implements Body {}

  /** A signal arrived. */
  public record Signal(String name) implements Body {}

  /**
   * The thread ended.
   *
   * @param byItself not by a signal
   */
  public record Gone(boolean byItself) implements Body {}

  /** The thread ID now belongs to the thread {@code by}, which called execve. */
  public record Superseded(int by) implements Body {}

  /** strace found a new thread or process. */
  public record Attached(int pid) implements Body {}

  /** From now on the process {@code pid} makes calls of that kind, such as {@code 32 bit}. */
  public record Mode(int pid, String mode) implements Body {}

  /** strace was told not to show these calls; Hardwire notes that in its own traces. */
  public record LeftOut(List<String> calls) implements Body {}

  /** Output of strace that does not concern calls. */
  record Nothing() implements Body {}

  /** The beginning of a line that names the calls that strace was told not to show. */
  public static final String LEFT_OUT = "hardwire: not traced: ";

  /** The largest number of a process, PID_MAX_LIMIT. */
  private static final long PID_LIMIT = 1 << 22;

  private static final Pattern PREFIX =
      Pattern.compile(
          "\\s*+(?:\\[pid\\s++(?<bracketed>\\d{1,9})(?:[^\\]\\d][^\\]]*+)?+\\]\\s++"
              + "|(?<bare>\\d{1,10})(?:<[^>]*+>)?+(?:\\s/\\*[^*]*+\\*/)?+\\s++)?+"
              + "(?:\\d{1,2}:\\d\\d:\\d\\d(?:\\.\\d{1,9})?+\\s++"
              + "|\\d{1,12}\\.\\d{1,9}\\s++"
              + "|\\d{4}-\\d\\d-\\d\\dT[0-9:.+-]++\\s++)?+"
              + "(?:\\(\\+\\s*+\\d++\\.\\d++\\)\\s++)?+"
              + "(?:\\[\\s*+\\d{1,5}\\]\\s++)?+"
              + "(?:\\[[0-9a-f?]{8,16}\\]\\s++)?+");
  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,62}+\\(");
  private static final Pattern RESUMED =
      Pattern.compile("<\\.\\.\\. ([a-z_][a-z0-9_]{0,62}+) resumed>");
  private static final Pattern SIGNAL =
      Pattern.compile("--- (?:stopped by )?(SIG[A-Z0-9_]{1,12}).*---");
  private static final Pattern GONE =
      Pattern.compile("\\+\\+\\+ (?:exited with \\d{1,10}|killed by [A-Z0-9_ ()]{1,40}) \\+\\+\\+");
  private static final Pattern SUPERSEDED =
      Pattern.compile("\\+\\+\\+ superseded by execve in pid (\\d{1,9})[^+]*+\\+\\+\\+");
  private static final Pattern MODE =
      Pattern.compile(
          "(?:strace: )?\\[ Process PID=(\\d{1,9})[^\\]]* runs in ([a-z0-9 ]+) mode\\. \\]");
  private static final Pattern ATTACHED =
      Pattern.compile("(?:strace: )?Process (\\d{1,9})(?: attached.*)");
  private static final Pattern NOTHING =
      Pattern.compile(" > .*\\[0x[0-9a-f]+\\].*|(?:strace: )?Process \\d{1,9} .*|strace: .*");

  /** Parses a line; empty if it is not strace's. */
  public static Optional<StraceLine> parse(String text) {
    Matcher prefix = PREFIX.matcher(text);
    int start = prefix.lookingAt() ? prefix.end() : 0;
    return body(text.substring(start)).map(parsed -> new StraceLine(pid(prefix), parsed));
  }

  /** Parses the beginning of a line whose end is missing. */
  public static Optional<StraceLine> parseCut(String text) {
    Matcher prefix = PREFIX.matcher(text);
    Matcher name = NAME.matcher(text);
    int start = prefix.lookingAt() ? prefix.end() : 0;
    if (!name.region(start, text.length()).lookingAt()) {
      return Optional.empty();
    }
    String called = text.substring(start, name.end() - 1);
    return Optional.of(
        new StraceLine(pid(prefix), new Call(called, Optional.empty(), Optional.of("?"))));
  }

  private static OptionalInt pid(Matcher prefix) {
    String digits = prefix.group("bracketed");
    digits = digits == null ? prefix.group("bare") : digits;
    // A larger number is a time in seconds.
    return digits == null || Long.parseLong(digits) > PID_LIMIT
        ? OptionalInt.empty()
        : OptionalInt.of(Integer.parseInt(digits));
  }

  private static Optional<Body> body(String body) {
    if (body.isEmpty()) {
      return Optional.empty();
    }
    return switch (body.charAt(0)) {
      case '<' -> resumed(body);
      case '-', '+', '[' -> event(body);
      case 'h' -> leftOut(body).or(() -> call(body));
      case ' ', 's', 'P' -> {
        Optional<Body> call = call(body);
        yield call.isPresent() ? call : event(body);
      }
      default -> call(body);
    };
  }

  private static Optional<Body> leftOut(String body) {
    return body.startsWith(LEFT_OUT)
        ? Optional.of(new LeftOut(List.of(body.substring(LEFT_OUT.length()).split(" "))))
        : Optional.empty();
  }

  private static Optional<Body> call(String body) {
    Matcher name = NAME.matcher(body);
    if (!name.lookingAt()) {
      return Optional.empty();
    }
    String called = body.substring(0, name.end() - 1);
    int unfinished = unfinished(body);
    if (unfinished >= name.end()) {
      String arguments = body.substring(name.end(), unfinished);
      return Optional.of(new Call(called, Optional.of(arguments), Optional.empty()));
    }
    int close = StraceText.closing(body, name.end());
    if (close < 0) {
      return Optional.empty();
    }
    Optional<String> arguments = Optional.of(body.substring(name.end(), close));
    return result(body, close).map(r -> new Call(called, arguments, Optional.of(r)));
  }

  private static int unfinished(String body) {
    for (String mark : new String[] {"<unfinished ...>", "<detached ...>", "<ptrace(SYSCALL):"}) {
      int at = body.lastIndexOf(mark);
      if (at >= 0 && (body.endsWith("...>") || mark.endsWith(":"))) {
        return at;
      }
    }
    return -1;
  }

  /** The text after the closing parenthesis and the equals sign. */
  private static Optional<String> result(String body, int close) {
    int at = close + 1;
    while (at < body.length() && body.charAt(at) == ' ') {
      at++;
    }
    return body.startsWith("= ", at) && at > close + 1
        ? Optional.of(body.substring(at + 2))
        : Optional.empty();
  }

  private static Optional<Body> resumed(String body) {
    Matcher resumed = RESUMED.matcher(body);
    if (!resumed.lookingAt()) {
      return Optional.empty();
    }
    // The end of a call whose parenthesis was opened in an earlier line.
    int close = StraceText.closing(body, resumed.end());
    return close < 0
        ? Optional.empty()
        : result(body, close)
            .map(r -> new Resumed(resumed.group(1), body.substring(resumed.end(), close), r));
  }

  private static Optional<Body> event(String body) {
    Matcher matcher = SIGNAL.matcher(body);
    if (matcher.matches()) {
      return Optional.of(new Signal(matcher.group(1)));
    }
    if (GONE.matcher(body).matches()) {
      return Optional.of(new Gone(body.startsWith("+++ exited")));
    }
    matcher = SUPERSEDED.matcher(body);
    if (matcher.matches()) {
      return Optional.of(new Superseded(Integer.parseInt(matcher.group(1))));
    }
    matcher = MODE.matcher(body);
    if (matcher.matches()) {
      return Optional.of(new Mode(Integer.parseInt(matcher.group(1)), matcher.group(2)));
    }
    matcher = ATTACHED.matcher(body);
    if (matcher.matches()) {
      return Optional.of(new Attached(Integer.parseInt(matcher.group(1))));
    }
    return NOTHING.matcher(body).matches() ? Optional.of(new Nothing()) : Optional.empty();
  }
}
