package dev.hardwire.formats.lists;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.formats.RuleCollector;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.LogicalLines;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.SourceText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What formats with a call in each line have in common. */
final class CallLines {
  private CallLines() {}

  /** The lines of a file without blank ones and comments, which begin with {@code #}. */
  static List<LogicalLines.Line> lines(Path file) throws IOException {
    return lines(SourceText.decode(PolicyFiles.bytes(file), file.toString()));
  }

  /** The lines of a text without blank ones and comments, which begin with {@code #}. */
  static List<LogicalLines.Line> lines(SourceText text) {
    List<LogicalLines.Line> lines = new ArrayList<>();
    for (LogicalLines.Line line : LogicalLines.of(text, LogicalLines.Style.ENVIRONMENT)) {
      int comment = line.text().indexOf('#');
      String content = comment < 0 ? line.text() : line.text().substring(0, comment);
      if (!content.isBlank()) {
        lines.add(new LogicalLines.Line(content, line.positions()).from(0));
      }
    }
    return lines;
  }

  /**
   * Whether a name is that of a call that some supported architecture has; a warning is given if
   * not. Such lists are for all machines of the world, and have a call in each line.
   */
  static boolean isCall(RuleCollector rules, String name, Position position) {
    if (!rules.isCall(name, position)) {
      return false;
    }
    boolean isSomewhere =
        Arrays.stream(Target.values()).anyMatch(target -> Multiplexer.isReachable(target, name));
    if (!isSomewhere) {
      rules.warn(
          position, "\"" + name + "\" is no call of a supported architecture; it is ignored");
    }
    return isSomewhere;
  }

  /**
   * A comparison of an argument, in the width that the kernel uses. Orders are those of numbers
   * without a sign, as libseccomp compares.
   *
   * @param index of the argument
   * @param operator as in C, or {@code &} for a test that all bits of the value are set
   * @param value a constant of the language of policies
   * @throws PolicyException if the value is none
   */
  static Condition test(int index, String operator, String value, Position position) {
    boolean ordered = operator.startsWith("<") || operator.startsWith(">");
    String argument = ordered ? "unsigned(arg" + index + ")" : "arg" + index;
    String text =
        operator.equals("&")
            ? "(%s & %s) == %s".formatted(argument, value, value)
            : argument + " " + operator + " " + value;
    return ConditionParser.parse(text, at -> position);
  }
}
