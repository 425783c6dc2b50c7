package dev.hardwire.seccomp.prove;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.seccomp.CallText;
import dev.hardwire.seccomp.Emulator;
import dev.hardwire.seccomp.Filter;
import dev.hardwire.seccomp.SeccompData;
import dev.hardwire.seccomp.Verdict;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A table of calls and expected decisions: lines of the form {@code CALL(ARGUMENTS) -> ACTION},
 * empty lines, and comments after {@code #}.
 */
public final class PolicyTable {
  /**
   * One line.
   *
   * @param position of the line
   * @param text of the call
   */
  public record Row(Position position, String text, SeccompData call, Action expected) {}

  /** A line and the actual decision. */
  public record Outcome(Row row, Verdict verdict) {
    /** Whether the decision is the expected one. */
    public boolean isExpected() {
      return Verdict.of(row.expected()).equals(verdict);
    }
  }

  private PolicyTable() {}

  /**
   * Reads a table.
   *
   * @throws PolicyException if a line is not of that form
   */
  public static List<Row> read(byte[] content, String source, Target architecture) {
    List<Row> rows = new ArrayList<>();
    int number = 0;
    for (String line : new String(content, StandardCharsets.UTF_8).split("\n", -1)) {
      number++;
      int comment = line.indexOf('#');
      String text = comment < 0 ? line : line.substring(0, comment);
      if (!text.isBlank()) {
        rows.add(row(text, source, number, architecture));
      }
    }
    return rows;
  }

  private static Row row(String line, String source, int number, Target architecture) {
    int arrow = line.indexOf("->");
    int start = line.length() - line.stripLeading().length();
    Position position = new Position(source, number, start + 1);
    if (arrow < 0) {
      throw new PolicyException(position, "expected \"CALL(ARGUMENTS) -> ACTION\"");
    }
    String call = line.substring(start, arrow).stripTrailing();
    SeccompData data =
        CallText.parse(call, architecture, i -> new Position(source, number, start + i + 1));
    String action = line.substring(arrow + 2).strip();
    try {
      return new Row(position, call, data, Action.parse(action));
    } catch (IllegalArgumentException e) {
      int at = line.indexOf(action, arrow + 2);
      throw new PolicyException(new Position(source, number, at + 1), e.getMessage());
    }
  }

  /** Runs the calls in the emulator. */
  public static List<Outcome> run(List<Row> rows, Filter filter) {
    return rows.stream()
        .map(row -> new Outcome(row, Emulator.run(filter, row.call()).verdict()))
        .toList();
  }
}
