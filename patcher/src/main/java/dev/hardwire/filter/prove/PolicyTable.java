package dev.hardwire.filter.prove;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.CallText;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.FilterStack;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A table of calls and expected decisions: lines of the form {@code CALL(ARGUMENTS) -> ACTION},
 * empty lines, and comments after {@code #}. A line {@code phase NAME:} says that the lines below
 * it are about the time after that phase has begun.
 */
public final class PolicyTable {
  private static final String PHASE = "phase ";

  /**
   * One line.
   *
   * @param position of the line
   * @param text of the call
   * @param phase that has begun; empty for the time before every phase
   */
  public record Row(
      Position position, String text, SeccompData call, Action expected, Optional<String> phase) {}

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
   * @throws PolicyException if a line is not of that form, or if there is no call
   */
  public static List<Row> read(byte[] content, String source, Target architecture) {
    List<Row> rows = new ArrayList<>();
    int number = 0;
    Optional<String> phase = Optional.empty();
    for (String line : new String(content, StandardCharsets.UTF_8).split("\n", -1)) {
      number++;
      int comment = line.indexOf('#');
      String text = comment < 0 ? line : line.substring(0, comment);
      Optional<String> begins = phase(text.strip());
      if (begins.isPresent()) {
        phase = begins;
      } else if (!text.isBlank()) {
        rows.add(row(text, source, number, architecture, phase));
      }
    }
    if (rows.isEmpty()) {
      throw new PolicyException(
          new Position(source, 1, 1), "the table has no calls, so it would test nothing");
    }
    return rows;
  }

  /** The name in {@code phase NAME:}. */
  private static Optional<String> phase(String line) {
    if (!line.startsWith(PHASE) || !line.endsWith(":")) {
      return Optional.empty();
    }
    String name = line.substring(PHASE.length(), line.length() - 1).strip();
    return name.isEmpty() ? Optional.empty() : Optional.of(name);
  }

  private static Row row(
      String line, String source, int number, Target architecture, Optional<String> phase) {
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
      return new Row(position, call, data, Action.parse(action), phase);
    } catch (IllegalArgumentException e) {
      int at = line.indexOf(action, arrow + 2);
      throw new PolicyException(new Position(source, number, at + 1), e.getMessage());
    }
  }

  /**
   * Runs the calls in the emulator.
   *
   * @param start the filter of the policy
   * @param phases the filters of its phases, by name
   * @throws PolicyException if a row is about a phase that the policy does not have
   */
  public static List<Outcome> run(List<Row> rows, Filter start, Map<String, Filter> phases) {
    List<Outcome> outcomes = new ArrayList<>();
    for (Row row : rows) {
      List<Filter> filters = new ArrayList<>(List.of(start));
      if (row.phase().isPresent()) {
        Filter phase = phases.get(row.phase().get());
        if (phase == null) {
          throw new PolicyException(
              row.position(), "the policy has no phase \"%s\"".formatted(row.phase().get()));
        }
        filters.add(phase);
      }
      outcomes.add(new Outcome(row, new FilterStack(filters).run(row.call()).verdict()));
    }
    return outcomes;
  }
}
