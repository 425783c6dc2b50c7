package dev.hardwire.formats.systemd;

import dev.hardwire.calls.CallGroups;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.policy.text.Expansion;
import dev.hardwire.policy.text.LogicalLines;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.SourceText;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads {@code SystemCallFilter=} and its companions from units and drop-ins, systemd.exec(5).
 *
 * <p>Files are read in order, later ones over earlier ones. The first {@code SystemCallFilter=}
 * decides whether calls are allowed or denied by it; a list of the other kind takes calls away
 * again; an empty one begins anew. A list of allowed calls begins with {@code @default}.
 *
 * <p>Numbers that systemd has no name for get ENOSYS from its lists of allowed calls; here they get
 * what all get that is not listed.
 */
public final class SystemdReader {
  private static final Set<String> KEYS =
      Set.of(
          "SystemCallFilter",
          "SystemCallErrorNumber",
          "SystemCallArchitectures",
          "SystemCallLog",
          "NoNewPrivileges");
  private static final Set<String> SECTIONS = Set.of("", "Service", "Socket", "Mount", "Swap");

  private final ReadOptions options;
  private final List<PolicyWarning> warnings = new ArrayList<>();
  private SystemdCallList filter = new SystemdCallList();
  private SystemdCallList log = new SystemdCallList();
  private Action denial = Action.KILL_PROCESS;
  private boolean noNewPrivs = true;
  private final List<LogicalLines.Line> architectures = new ArrayList<>();
  private final SystemdPowers powers = new SystemdPowers();
  private final SystemdRestrictions restrictions = new SystemdRestrictions();
  private final Expansion expansion = new Expansion();
  private Position defaultPosition = Position.NONE;
  private boolean found;
  private String section = "";

  private SystemdReader(ReadOptions options) {
    this.options = options;
  }

  /**
   * Reads a unit and its drop-ins.
   *
   * @param files by the name that messages give them, in the order in which they apply
   * @throws PolicyException if a directive is not valid, or none of them is there
   */
  public static ReadPolicy read(Map<String, byte[]> files, ReadOptions options) {
    SystemdReader reader = new SystemdReader(options);
    for (Map.Entry<String, byte[]> file : new LinkedHashMap<>(files).entrySet()) {
      SourceText text = SourceText.decode(file.getValue(), file.getKey());
      reader.section = "";
      LogicalLines.of(text, LogicalLines.Style.UNIT).forEach(reader::line);
    }
    reader.checkArchitectures();
    Policy policy = reader.policy();
    if (options.restrictions()) {
      policy = reader.powers.addTo(policy);
    }
    if (!reader.found
        && !reader.restrictions.hasRules()
        && policy.capabilities().isEmpty()
        && policy.landlock().isEmpty()) {
      String last = files.keySet().stream().reduce((a, b) -> b).orElse("unit");
      throw new PolicyException(
          new Position(last, 0, 0),
          "no SystemCallFilter= or SystemCallLog= in the unit, and nothing else that a policy"
              + " says");
    }
    reader.warnings.addAll(reader.restrictions.warnings());
    List<PolicyWarning> harmless = options.restrictions() ? reader.powers.warnings() : List.of();
    reader.warnings.addAll(harmless);
    return new ReadPolicy(policy, reader.warnings, Set.copyOf(harmless));
  }

  private void line(LogicalLines.Line line) {
    if (line.text().startsWith("[")) {
      if (!line.text().endsWith("]")) {
        throw new PolicyException(line.position(0), "the name of a section ends in \"]\"");
      }
      section = line.text().substring(1, line.text().length() - 1);
      return;
    }
    int equals = line.text().indexOf('=');
    if (equals < 0) {
      return;
    }
    String key = LogicalLines.strip(line.text().substring(0, equals));
    if (!KEYS.contains(key) && !SystemdRestrictions.isOne(key) && !SystemdPowers.isOne(key)) {
      return;
    }
    if (!SECTIONS.contains(section)) {
      warn(line.position(0), key + "= means nothing in [" + section + "]; it is ignored");
      return;
    }
    LogicalLines.Line value = line.from(equals + 1);
    switch (key) {
      case "SystemCallFilter" -> filter = list(filter, value, true);
      case "SystemCallLog" -> log = list(log, value, false);
      case "SystemCallErrorNumber" -> denial = denial(value);
      case "NoNewPrivileges" -> noNewPrivs = bool(value);
      case "SystemCallArchitectures" -> architectures(value);
      default -> {
        if (SystemdPowers.isOne(key)) {
          powers.set(key, value, words(value));
        } else {
          restrictions.set(key, value.text(), line.position(0));
        }
      }
    }
  }

  private void warn(Position position, String message) {
    warnings.add(new PolicyWarning(position, message));
  }

  private SystemdCallList list(SystemdCallList list, LogicalLines.Line value, boolean isFilter) {
    if (!found) {
      defaultPosition = value.position(0);
    }
    found = true;
    if (value.text().isEmpty()) {
      return new SystemdCallList();
    }
    boolean inverted = value.text().startsWith("~");
    if (!list.isUsed() && !inverted && isFilter) {
      list.begin(false);
      for (String call : group("@default").orElseThrow()) {
        list.apply(new CallName(call, value.position(0)), Optional.empty(), false);
      }
    }
    list.begin(inverted);
    for (LogicalLines.Line word : words(value.from(inverted ? 1 : 0))) {
      word(list, word, inverted, isFilter);
    }
    return list;
  }

  private void word(
      SystemdCallList list, LogicalLines.Line word, boolean inverted, boolean isFilter) {
    int colon = word.text().indexOf(':');
    String name = colon < 0 ? word.text() : word.text().substring(0, colon);
    Optional<Action> own = Optional.empty();
    if (colon >= 0) {
      own = Optional.of(errno(word.from(colon + 1)));
      if (!inverted || !isFilter) {
        warn(
            word.position(0),
            "only a call that SystemCallFilter=~ denies has an error number; left out");
        return;
      }
    }
    Set<String> calls = calls(name, word.position(0));
    expansion.add(calls.size(), word.position(0));
    for (String call : calls) {
      list.apply(new CallName(call, word.position(0)), own, inverted);
    }
  }

  private static List<LogicalLines.Line> words(LogicalLines.Line line) {
    List<LogicalLines.Line> words = new ArrayList<>();
    int at = 0;
    while (at < line.text().length()) {
      int end = at;
      while (end < line.text().length() && !LogicalLines.isBlank(line.text().charAt(end))) {
        end++;
      }
      int start = at;
      if (end > start) {
        words.add(
            new LogicalLines.Line(
                line.text().substring(start, end), i -> line.position(start + i)));
      }
      at = end + 1;
    }
    return words;
  }

  private Set<String> calls(String name, Position position) {
    if (!CallName.isWellFormed(name) || name.startsWith("~")) {
      throw new PolicyException(
          position, "\"" + name + "\" is not spelt like a system call or a group");
    }
    if (name.startsWith("@")) {
      return group(name)
          .orElseThrow(() -> new PolicyException(position, "unknown group \"" + name + "\""));
    }
    if (!CallGroups.isKnownSomewhere(name)) {
      warn(position, "\"" + name + "\" is not a known system call; it is ignored");
      return Set.of();
    }
    return Set.of(name);
  }

  private Optional<Set<String>> group(String name) {
    return CallGroups.calls(name).map(calls -> Multiplexer.members(calls, options.architecture()));
  }

  private static Action errno(LogicalLines.Line word) {
    if (word.text().equals("kill")) {
      return Action.KILL_PROCESS;
    }
    try {
      return Action.errno(word.text());
    } catch (IllegalArgumentException e) {
      throw new PolicyException(word.position(0), e.getMessage());
    }
  }

  private static Action denial(LogicalLines.Line value) {
    if (value.text().isEmpty()) {
      return Action.KILL_PROCESS;
    }
    Action action = errno(value);
    if (action.equals(new Action.Errno(0))) {
      throw new PolicyException(value.position(0), "0 is no error number");
    }
    return action;
  }

  private static boolean bool(LogicalLines.Line value) {
    return switch (value.text().toLowerCase(Locale.ROOT)) {
      case "1", "yes", "y", "true", "t", "on" -> true;
      case "0", "no", "n", "false", "f", "off" -> false;
      default ->
          throw new PolicyException(
              value.position(0), "expected yes or no, not \"" + value.text() + "\"");
    };
  }

  private void architectures(LogicalLines.Line value) {
    if (value.text().isEmpty()) {
      architectures.clear();
    } else {
      architectures.addAll(words(value));
    }
  }

  private void checkArchitectures() {
    Set<String> own = Set.of("native", options.architecture().systemdName());
    if (!architectures.isEmpty() && architectures.stream().noneMatch(w -> own.contains(w.text()))) {
      throw new PolicyException(
          architectures.get(0).position(0),
          "the unit is not for " + options.architecture() + "; add native");
    }
  }

  private Policy policy() {
    Map<Action, List<CallName>> byAction = new LinkedHashMap<>();
    boolean allows = filter.isAllowList();
    Action otherwise = allows ? denial : Action.ALLOW;
    Map<CallName, Action> decided = new LinkedHashMap<>();
    filter
        .calls()
        .forEach((call, own) -> decided.put(call, own.orElse(allows ? Action.ALLOW : denial)));
    if (log.isUsed()) {
      otherwise = logged(decided, otherwise);
    }
    decided.forEach(
        (call, action) -> byAction.computeIfAbsent(action, key -> new ArrayList<>()).add(call));
    byAction.remove(otherwise);
    Action rest = otherwise;
    List<Rule> rules =
        new ArrayList<>(
            restrictions.rules(
                options,
                call ->
                    Action.letsThrough(
                        decided.getOrDefault(new CallName(call, Position.NONE), rest))));
    Set<CallName> restricted = new HashSet<>();
    for (Rule rule : rules) {
      if (rule.condition().isEmpty()) {
        restricted.addAll(rule.calls());
      }
    }
    byAction.forEach(
        (action, calls) -> {
          calls.removeAll(restricted);
          if (!calls.isEmpty()) {
            rules.add(new Rule(action, calls, Optional.empty(), calls.get(0).position()));
          }
        });
    return new Policy(Policy.VERSION, "systemd-unit", otherwise, rules, noNewPrivs, false)
        .withDefaultAt(defaultPosition);
  }

  /** Turns "allow" into "log" for the calls that are logged; returns what all others get. */
  private Action logged(Map<CallName, Action> decided, Action otherwise) {
    Set<CallName> listed = log.calls().keySet();
    decided.replaceAll(
        (call, action) ->
            action.equals(Action.ALLOW) && listed.contains(call) == log.isAllowList()
                ? Action.LOG
                : action);
    if (!otherwise.equals(Action.ALLOW)) {
      return otherwise;
    }
    Action listedAction = log.isAllowList() ? Action.LOG : Action.ALLOW;
    listed.forEach(call -> decided.putIfAbsent(call, listedAction));
    return log.isAllowList() ? Action.ALLOW : Action.LOG;
  }

  /** What the values of one {@code SystemCallFilter=} or {@code SystemCallLog=} add up to. */
  private static final class SystemdCallList {
    private Optional<Boolean> allowList = Optional.empty();
    private final Map<CallName, Optional<Action>> calls = new LinkedHashMap<>();

    /** A value begins; the first one decides of which kind the list is. */
    void begin(boolean inverted) {
      if (allowList.isEmpty()) {
        allowList = Optional.of(!inverted);
      }
    }

    /**
     * One call of a value. A value of the other kind takes calls away, but a call that is denied
     * with its own action gets that one.
     *
     * @param own its own action, behind a colon
     */
    void apply(CallName call, Optional<Action> own, boolean inverted) {
      if (inverted == isAllowList() && own.isEmpty()) {
        calls.remove(call);
      } else {
        calls.put(call, own);
      }
    }

    boolean isUsed() {
      return allowList.isPresent();
    }

    boolean isAllowList() {
      return allowList.orElse(false);
    }

    Map<CallName, Optional<Action>> calls() {
      return calls;
    }
  }
}
