package dev.hardwire.learn.log;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The syntax of arguments in strace's output: strings in quotes, structures in braces, lists in
 * brackets.
 */
public final class StraceText {
  private StraceText() {}

  /**
   * The index of the closing parenthesis of a call whose arguments start at {@code from}; -1 if
   * there is none. If the parentheses in the arguments are unbalanced, it is the last one that is
   * followed by a result.
   */
  static int closing(String text, int from) {
    int close = balanced(text, from);
    for (int i = text.lastIndexOf(')'); close < 0 && i >= from; i = text.lastIndexOf(')', i - 1)) {
      if (text.substring(i + 1, Math.min(text.length(), i + 60)).stripLeading().startsWith("= ")) {
        close = i;
      }
    }
    return close;
  }

  private static int balanced(String text, int from) {
    int depth = 1;
    for (int i = from; i < text.length(); i = next(text, i)) {
      switch (text.charAt(i)) {
        case '(', '[', '{' -> depth++;
        case ')', ']', '}' -> {
          if (--depth == 0) {
            return text.charAt(i) == ')' ? i : -1;
          }
        }
        default -> {}
      }
    }
    return -1;
  }

  /** The arguments between two parentheses. */
  public static List<String> arguments(String text) {
    List<String> arguments = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i = next(text, i)) {
      switch (text.charAt(i)) {
        case '(', '[', '{' -> depth++;
        case ')', ']', '}' -> depth--;
        case ',' -> {
          if (depth == 0) {
            arguments.add(text.substring(start, i).strip());
            start = i + 1;
          }
        }
        default -> {}
      }
    }
    String last = text.substring(start).strip();
    if (!last.isEmpty() || !arguments.isEmpty()) {
      arguments.add(last);
    }
    return arguments;
  }

  /** The index after the character at {@code i}, or after the string, path or comment there. */
  private static int next(String text, int i) {
    char c = text.charAt(i);
    if (c == '"') {
      int at = i + 1;
      while (at < text.length() && text.charAt(at) != '"') {
        at += text.charAt(at) == '\\' ? 2 : 1;
      }
      return at + 1;
    }
    if (c == '<' && text.startsWith("/", i + 1)) {
      int end = text.indexOf('>', i);
      return end < 0 ? i + 1 : end + 1;
    }
    if (c == '/' && text.startsWith("*", i + 1)) {
      int end = text.indexOf("*/", i + 2);
      return end < 0 ? text.length() : end + 2;
    }
    return i + 1;
  }

  /** The characters of a quoted string; null if it is not one, or was truncated. */
  public static String unquoted(String text) {
    int end = text.length() - 1;
    if (end < 1 || text.charAt(0) != '"' || text.charAt(end) != '"') {
      return null;
    }
    StringBuilder out = new StringBuilder();
    int i = 1;
    while (i < end) {
      char c = text.charAt(i++);
      if (c != '\\' || i == end) {
        out.append(c);
        continue;
      }
      int digits = i;
      while (digits < end && digits < i + 3 && Character.digit(text.charAt(digits), 8) >= 0) {
        digits++;
      }
      if (digits > i) {
        out.append((char) (Integer.parseInt(text.substring(i, digits), 8) & 0xff));
        i = digits;
      } else if (text.charAt(i) == 'x' && i + 3 <= end && hex(text, i + 1) >= 0) {
        out.append((char) hex(text, i + 1));
        i += 3;
      } else {
        out.append(escaped(text.charAt(i++)));
      }
    }
    return out.toString();
  }

  private static int hex(String text, int at) {
    int high = Character.digit(text.charAt(at), 16);
    int low = Character.digit(text.charAt(at + 1), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private static char escaped(char c) {
    return switch (c) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'f' -> '\f';
      case 'v' -> 0x0b;
      default -> c;
    };
  }

  /** Whether the arguments of rt_sigaction set a handler. */
  public static boolean setsHandler(String text) {
    List<String> list = arguments(text);
    String handler = list.size() > 1 ? list.get(1) : "";
    return handler.startsWith("0x") || handler.startsWith("{sa_handler=0x");
  }

  /**
   * The ID of a thread or process that a call returned, in strace's PID namespace; empty if the
   * call failed.
   */
  public static OptionalInt pid(String result) {
    int other = result.indexOf("/* ");
    String text =
        other >= 0 && result.contains(" in strace's PID NS */")
            ? result.substring(other + 3)
            : result;
    int end = 0;
    while (end < text.length() && end < 9 && Character.digit(text.charAt(end), 10) >= 0) {
      end++;
    }
    int pid = end == 0 ? 0 : Integer.parseInt(text.substring(0, end));
    return pid > 0 ? OptionalInt.of(pid) : OptionalInt.empty();
  }
}
