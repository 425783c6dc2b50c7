package dev.hardwire.policy.text;

import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads how often system calls are made: the {@code @frequency} files of minijail, and the tables
 * of {@code strace -c} and {@code perf trace -s}.
 */
public final class CallWeights {
  private static final Pattern FREQUENCY = Pattern.compile("([a-z0-9_]+)\\s*:\\s*([0-9]{1,15})");

  /** Percentage, seconds, microseconds a call, calls, perhaps errors, and the name. */
  private static final Pattern STRACE =
      Pattern.compile("\\s*[0-9.]+\\s+[0-9.]+\\s+[0-9]+\\s+([0-9]{1,15})\\s+([0-9]+\\s+)?(\\w+)");

  /** The name, calls, perhaps errors, and times; the last may be a percentage. */
  private static final Pattern PERF =
      Pattern.compile("\\s*(\\w+)\\s+([0-9]{1,15})\\s+([0-9]+\\s+)?([0-9.]+\\s+){3,4}[0-9.]+%?");

  /** What stands between the rows of the tables. */
  private static final Pattern FRAME =
      Pattern.compile(
          "% time .*|strace: .*|[- ]*|.* total|\\s*syscall\\s+calls\\s.*|\\s*\\(msec\\).*"
              + "|\\s*Summary of events:.*|.*, [0-9]+ events, [0-9.]+%.*|\\s*\\(.*\\)");

  /** The key of a policy's own. */
  static final String SECTION = "weights";

  private CallWeights() {}

  /** Collects warnings about names of calls that no table has. */
  public static final class Names {
    private final Predicate<String> isCall;
    private final List<PolicyWarning> warnings = new ArrayList<>();

    /**
     * No warnings.
     *
     * @param isCall whether some architecture has a call of a name
     */
    public Names(Predicate<String> isCall) {
      this.isCall = isCall;
    }

    public void check(String call, Position position) {
      if (!isCall.test(call)) {
        warnings.add(
            new PolicyWarning(
                position, "\"" + call + "\" is not a known system call; its weight is ignored"));
      }
    }

    /** The warnings, in the order of the file. */
    public List<PolicyWarning> warnings() {
      return List.copyOf(warnings);
    }
  }

  /**
   * Reads a file.
   *
   * @param names the known calls
   * @return how often each call is made, by name; not empty
   * @throws PolicyException if it is none of these
   */
  public static Map<String, Long> read(Path file, Names names) throws IOException {
    return read(SourceText.decode(PolicyFiles.bytes(file), file.toString()), names);
  }

  public static Map<String, Long> read(SourceText text, Names names) {
    Map<String, Long> weights = new TreeMap<>();
    boolean isTable =
        text.text().lines().anyMatch(line -> line.contains("% time") || isPerfHeader(line));
    for (LogicalLines.Line line : LogicalLines.of(text, LogicalLines.Style.MINIJAIL)) {
      Position position = line.position(0);
      String row = line.text().replaceFirst("#.*", "").stripTrailing();
      if (isTable) {
        table(row, position, weights, names);
      } else if (!row.isBlank()) {
        Matcher frequency = FREQUENCY.matcher(row.strip());
        if (!frequency.matches()) {
          throw new PolicyException(
              position,
              "expected CALL: NUMBER, or the table of \"strace -c\" or \"perf trace -s\", not \""
                  + row.strip()
                  + "\"");
        }
        add(weights, frequency.group(1), frequency.group(2), position, names);
      }
    }
    weights.values().removeIf(count -> count == 0);
    if (weights.isEmpty()) {
      throw new PolicyException(new Position(text.source(), 0, 0), "no call is made");
    }
    return weights;
  }

  /** Reads the section {@code weights:} of a policy. */
  static Map<String, Long> read(YamlNodes nodes, YamlNodes.Field section, Names names) {
    Map<String, Long> weights = new TreeMap<>();
    for (YamlNodes.Field field : nodes.mapping(section.value(), SECTION).values()) {
      if (!CallName.isOneCall(field.key())) {
        throw new PolicyException(
            field.position(), "\"" + field.key() + "\" is not spelt like a system call");
      }
      names.check(field.key(), field.position());
      weights.put(field.key(), nodes.number(field.value(), "a weight", 1, Policy.LARGEST_WEIGHT));
    }
    if (weights.isEmpty()) {
      throw nodes.error(section.value(), SECTION + " is empty; add a call or remove it");
    }
    return weights;
  }

  private static boolean isPerfHeader(String line) {
    return line.strip().matches("syscall\\s+calls\\s.*");
  }

  private static void table(String row, Position position, Map<String, Long> weights, Names names) {
    Matcher strace = STRACE.matcher(row);
    Matcher perf = PERF.matcher(row);
    if (FRAME.matcher(row).matches()) {
      return;
    }
    if (strace.matches()) {
      add(weights, strace.group(3), strace.group(1), position, names);
    } else if (perf.matches()) {
      add(weights, perf.group(1), perf.group(2), position, names);
    } else {
      throw new PolicyException(position, "not a row of the table: \"" + row.strip() + "\"");
    }
  }

  private static void add(
      Map<String, Long> weights, String call, String count, Position position, Names names) {
    if (!CallName.isOneCall(call)) {
      throw new PolicyException(position, "not a system call: \"" + call + "\"");
    }
    long number = Long.parseLong(count);
    if (number > Policy.LARGEST_WEIGHT) {
      throw new PolicyException(position, "the number is larger than " + Policy.LARGEST_WEIGHT);
    }
    names.check(call, position);
    weights.merge(call, number, (one, other) -> Math.min(Policy.LARGEST_WEIGHT, one + other));
  }
}
