package dev.hardwire.formats.lists;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.RuleCollector;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.policy.text.Expansion;
import dev.hardwire.policy.text.LogicalLines;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.SourceText;
import dev.hardwire.resource.ResourceLines;
import dev.hardwire.text.NearestName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code seccomp} lines of firejail's profiles, firejail-profile(5): {@code seccomp LIST}
 * denies firejail's own list and more, {@code seccomp.drop LIST} that list alone, {@code
 * seccomp.keep LIST} all others. {@code seccomp.32} and its companions are for programs of 32 bits.
 */
public record FirejailFormat() implements PolicyFormat {
  private static final Pattern MARK =
      Pattern.compile("(?m)^\\h*seccomp(\\.32)?(\\.drop|\\.keep|\\.block-secondary)?( [^=:]*)?$");
  private static final Pattern LINE =
      Pattern.compile("seccomp(\\.32)?(\\.drop|\\.keep)?(?:\\s+(\\S.*))?");
  private static final Pattern ITEM =
      Pattern.compile("(!?)(\\$[0-9]{1,9}|[@a-z0-9_-]+)(?::(\\w+))?");

  /** Lines by which firejail restricts calls, too. */
  private static final Set<String> OTHERS =
      Set.of("protocol", "memory-deny-write-execute", "restrict-namespaces");

  /** Read when the first profile is. */
  private static final class Groups {
    static final Map<String, List<String>> ALL = groups();
  }

  private static Map<String, List<String>> groups() {
    Map<String, List<String>> groups = new HashMap<>();
    for (List<String> words : ResourceLines.of(FirejailFormat.class, "firejail-groups.txt")) {
      groups.put(words.get(0), List.copyOf(words.subList(1, words.size())));
    }
    return Map.copyOf(groups);
  }

  /** What the lines of a profile and of the files that it includes say. */
  private static final class Lines {
    final List<String> ignored = new ArrayList<>();
    final List<PolicyWarning> warnings = new ArrayList<>();
    Action error = Action.errno("EPERM");
    Optional<LogicalLines.Line> filter = Optional.empty();

    /** The one for programs of 32 bits. */
    Optional<LogicalLines.Line> narrow = Optional.empty();
  }

  @Override
  public boolean detect(String text) {
    return MARK.matcher(text).find();
  }

  @Override
  public ReadPolicy read(List<Path> files, ReadOptions options) throws IOException {
    Path file = PolicyFiles.only(files);
    Lines lines = new Lines();
    SourceText text = SourceText.decode(PolicyFiles.bytes(file), file.toString());
    read(text, PolicyFiles.beside(file, options.includeRoots()), lines);
    boolean is32 = options.architecture().wordBits() == Integer.SIZE;
    LogicalLines.Line filter =
        (is32 ? lines.narrow.or(() -> lines.filter) : lines.filter)
            .orElseThrow(
                () ->
                    new PolicyException(
                        new Position(file.toString(), 0, 0), "the profile has no line of seccomp"));
    RuleCollector names = new RuleCollector();
    lines.warnings.forEach(warning -> names.warn(warning.position(), warning.message()));
    Policy policy = policy(filter, lines.error, names, options.architecture());
    return new ReadPolicy(policy.withDefaultAt(filter.position(0)), names.warnings());
  }

  private static Void read(SourceText text, PolicyFiles files, Lines lines) {
    for (LogicalLines.Line line : CallLines.lines(text)) {
      String content = line.text();
      String word = content.split("\\s", 2)[0];
      LogicalLines.Line rest = line.from(word.length());
      if (lines.ignored.stream().anyMatch(content::startsWith)) {
        continue;
      }
      if (word.equals("ignore")) {
        lines.ignored.add(rest.text());
      } else if (word.equals("include")) {
        if (files.exists(rest.text())) {
          files.include(rest.text(), rest.position(0), more -> read(more, files, lines));
        } else if (!rest.text().endsWith(".local")) {
          warn(lines, line, "cannot find \"" + rest.text() + "\"; it is ignored");
        }
      } else if (word.equals("seccomp-error-action")) {
        lines.error = action(rest);
      } else if (OTHERS.contains(word)) {
        warn(lines, line, word + " restricts calls too, which is left out; add rules for it");
      } else if (LINE.matcher(content).matches()) {
        boolean again = rest.text().isEmpty(); // keeps the list of an earlier line
        if (word.startsWith("seccomp.32")) {
          lines.narrow = Optional.of(again ? lines.narrow.orElse(line) : line);
        } else {
          lines.filter = Optional.of(again ? lines.filter.orElse(line) : line);
        }
      }
    }
    return null;
  }

  private static void warn(Lines lines, LogicalLines.Line line, String message) {
    lines.warnings.add(new PolicyWarning(line.position(0), message));
  }

  private static Action action(LogicalLines.Line text) {
    try {
      return switch (text.text()) {
        case "kill" -> Action.KILL_PROCESS;
        case "log" -> Action.LOG;
        default -> Action.errno(text.text());
      };
    } catch (IllegalArgumentException e) {
      throw new PolicyException(text.position(0), e.getMessage());
    }
  }

  private static Policy policy(
      LogicalLines.Line line, Action error, RuleCollector names, Target architecture) {
    Matcher parts = LINE.matcher(line.text());
    if (!parts.matches()) {
      throw new IllegalStateException("not a line of seccomp: " + line.text());
    }
    boolean keeps = ".keep".equals(parts.group(2));
    Action listed = keeps ? Action.ALLOW : error;
    Listed calls = new Listed(names, architecture);
    if (parts.group(2) == null) {
      calls.put("@default", listed, line.position(0));
    } else if (keeps) { // firejail itself needs them after the filter is installed
      calls.put("@default-keep", listed, line.position(0));
    }
    int at = parts.group(3) == null ? line.text().length() : parts.start(3);
    for (String item : line.text().substring(at).split(",", -1)) {
      if (!item.isBlank()) {
        calls.item(item.strip(), line.position(at), listed);
      }
      at += item.length() + 1;
    }
    Map<Action, List<CallName>> byAction = new LinkedHashMap<>();
    calls.actions.forEach(
        (call, action) ->
            byAction
                .computeIfAbsent(action, key -> new ArrayList<>())
                .add(new CallName(call, line.position(0))));
    List<Rule> rules = new ArrayList<>();
    byAction.forEach(
        (action, list) -> rules.add(new Rule(action, list, Optional.empty(), line.position(0))));
    return Policy.of("firejail-profile", keeps ? error : Action.ALLOW, rules);
  }

  /** What a line decides for the calls that it lists. */
  private static final class Listed {
    final Map<String, Action> actions = new LinkedHashMap<>();
    private final RuleCollector names;
    private final Target architecture;
    private final Expansion expansion = new Expansion();

    Listed(RuleCollector names, Target architecture) {
      this.names = names;
      this.architecture = architecture;
    }

    void item(String item, Position position, Action listed) {
      Matcher parts = ITEM.matcher(item);
      if (!parts.matches()) {
        throw new PolicyException(
            position, "expected a call, @GROUP or $NUMBER, not \"" + item + "\"");
      }
      String name = parts.group(2);
      if (name.startsWith("$")) {
        long number = Long.parseLong(name.substring(1));
        name = SyscallTable.of(architecture).name(number).orElse("nr " + number);
      } else if (name.startsWith("@") && !Groups.ALL.containsKey(name)) {
        throw new PolicyException(
            position,
            "unknown group \"" + name + "\"" + NearestName.hint(name, Groups.ALL.keySet()));
      } else if (!name.startsWith("@") && !names.isCall(name, position)) {
        return;
      }
      if (!parts.group(1).isEmpty()) {
        actions.remove(name);
        return;
      }
      LogicalLines.Line own = new LogicalLines.Line(String.valueOf(parts.group(3)), at -> position);
      put(name, parts.group(3) == null ? listed : action(own), position);
    }

    /** Notes what is decided for a call, or for those of a group that the architecture has. */
    void put(String name, Action action, Position position) {
      if (name.startsWith("@")) {
        List<String> members = Groups.ALL.get(name);
        expansion.add(members.size(), position);
        members.forEach(call -> put(call, action, position));
      } else if (name.startsWith("nr ") || Multiplexer.isReachable(architecture, name)) {
        actions.put(name, action);
      }
    }
  }

  @Override
  public String toString() {
    return "firejail";
  }
}
