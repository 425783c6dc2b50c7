package dev.hardwire.formats.lists;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.formats.KnownArchitectures;
import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.RuleCollector;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.LogicalLines;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.ReadPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code lxc.seccomp.profile} names: lxc.container.conf(5), src/lxc/seccomp.c.
 *
 * <p>The first line is the version, the second {@code allowlist} or {@code denylist} with the
 * action for all other calls. In version 1, each line has a number. In version 2 it has a name, an
 * action and conditions {@code [INDEX,VALUE,OPERATOR,MASK]}, under {@code [ARCHITECTURE]}.
 */
public record LxcFormat() implements PolicyFormat {
  private static final Pattern HEAD =
      Pattern.compile("\\A(?:\\s|#.*+\\n)*+[12](?=\\s*\\n)\\s*+(deny|allow|black|white)list\\b");
  private static final Pattern RULE =
      Pattern.compile("(\\S++)([^\\[]*+)((?:\\[[^\\[\\]]*+\\]\\s*+)*+)");
  private static final Pattern TEST =
      Pattern.compile(
          "\\[\\s*+([0-5])\\s*+,\\s*+(\\w++)\\s*+,\\s*+([^,\\]\\s]++)\\s*+(?:,\\s*+(\\w++)\\s*+)?\\]\\s*+");

  /** libseccomp's names of comparisons and what they are in C. */
  private static final Map<String, String> OPERATORS =
      Map.of(
          "SCMP_CMP_NE",
          "!=",
          "SCMP_CMP_LT",
          "<",
          "SCMP_CMP_LE",
          "<=",
          "SCMP_CMP_EQ",
          "==",
          "SCMP_CMP_GE",
          ">=",
          "SCMP_CMP_GT",
          ">",
          "SCMP_CMP_MASKED_EQ",
          "&=");

  @Override
  public boolean detect(String text) {
    return HEAD.matcher(text).find();
  }

  @Override
  public ReadPolicy read(List<Path> files, ReadOptions options) throws IOException {
    Path file = PolicyFiles.only(files);
    List<LogicalLines.Line> lines = CallLines.lines(file);
    Position start = new Position(file.toString(), 0, 0);
    if (lines.size() < 2 || !lines.get(0).text().matches("[12]")) {
      throw new PolicyException(
          start, "LXC's policies begin with a line \"1\" or \"2\", and one allowlist or denylist");
    }
    boolean byNumber = lines.get(0).text().equals("1");
    LogicalLines.Line kind = lines.get(1);
    boolean denies = kind.text().matches("(deny|black)list\\b.*");
    if (!denies && !kind.text().matches("(allow|white)list\\b.*")) {
      throw new PolicyException(kind.position(0), "expected allowlist or denylist");
    }
    Action listed = denies ? Action.KILL_THREAD : Action.ALLOW;
    Action otherwise =
        action(kind.from(kind.text().indexOf("list") + 4))
            .orElse(denies ? Action.ALLOW : Action.KILL_THREAD);
    RuleCollector rules = new RuleCollector();
    boolean here = true;
    for (LogicalLines.Line line : lines.subList(2, lines.size())) {
      if (byNumber) {
        rules.add(Action.ALLOW, List.of(number(line, options)), Optional.empty(), line.position(0));
      } else if (line.text().startsWith("[")) {
        here = isHere(line, options.architecture());
      } else if (here) {
        rule(line, listed, rules);
      }
    }
    Policy policy = Policy.of("lxc-policy", otherwise, rules.rules());
    return new ReadPolicy(policy.withDefaultAt(kind.position(0)), rules.warnings());
  }

  private static CallName number(LogicalLines.Line line, ReadOptions options) {
    if (!line.text().matches("[0-9]{1,9}")) {
      throw new PolicyException(line.position(0), "a line of version 1 is the number of a call");
    }
    long number = Long.parseLong(line.text());
    String name = SyscallTable.of(options.architecture()).name(number).orElse("nr " + number);
    return new CallName(name, line.position(0));
  }

  private static boolean isHere(LogicalLines.Line line, Target architecture) {
    if (!line.text().matches("\\[[A-Za-z0-9_]+\\]")) {
      throw new PolicyException(line.position(0), "expected [ARCHITECTURE] or [all]");
    }
    String name = line.text().substring(1, line.text().length() - 1).toLowerCase(Locale.ROOT);
    Optional<Target> target = Target.ofName(name);
    if (target.isEmpty() && !name.equals("all") && !KnownArchitectures.isKnown(name)) {
      throw new PolicyException(line.position(1), "unknown architecture \"" + name + "\"");
    }
    return name.equals("all") || target.equals(Optional.of(architecture));
  }

  private static void rule(LogicalLines.Line line, Action listed, RuleCollector rules) {
    Matcher parts = RULE.matcher(line.text());
    if (!parts.matches()) {
      throw new PolicyException(
          line.position(0), "expected CALL ACTION [INDEX,VALUE,OPERATOR,MASK]...");
    }
    Position position = line.position(0);
    String call = parts.group(1);
    if (call.equals("reject_force_umount")) {
      Condition forced = ConditionParser.parse("(arg1 & MNT_FORCE) != 0", at -> position);
      List<CallName> umount = List.of(new CallName("umount2", position));
      rules.add(Action.errno("EACCES"), umount, Optional.of(forced), position);
      return;
    }
    int start = parts.start(2);
    Optional<Action> action =
        action(new LogicalLines.Line(parts.group(2), at -> line.position(start + at)).from(0));
    List<Condition> tests = new ArrayList<>();
    int end = parts.start(3);
    Matcher test = TEST.matcher(line.text());
    while (test.region(end, line.text().length()).lookingAt()) {
      tests.add(test(test, line.position(end)));
      end = test.end();
    }
    if (end < line.text().length()) {
      throw new PolicyException(
          line.position(end),
          "expected [INDEX,VALUE,OPERATOR] or [INDEX,VALUE,SCMP_CMP_MASKED_EQ,MASK]");
    }
    if (CallLines.isCall(rules, call, position)) {
      rules.add(
          action.orElse(listed),
          List.of(new CallName(call, position)),
          Condition.all(tests),
          position);
    }
  }

  private static Condition test(Matcher test, Position position) {
    String operator = OPERATORS.getOrDefault(test.group(3), test.group(3));
    int index = Integer.parseInt(test.group(1));
    if (operator.equals("&=")) {
      String mask = test.group(4) == null ? "0" : test.group(4);
      String text = "(arg%d & %s) == %s".formatted(index, mask, test.group(2));
      return ConditionParser.parse(text, at -> position);
    }
    if (!OPERATORS.containsValue(operator)) {
      throw new PolicyException(position, "unknown operator \"" + test.group(3) + "\"");
    }
    return CallLines.test(index, operator, test.group(2), position);
  }

  /** An action; empty if there is none. */
  private static Optional<Action> action(LogicalLines.Line text) {
    String[] words = text.text().split("\\s+", -1);
    try {
      return switch (words[0]) {
        case "" -> Optional.empty();
        case "allow" -> Optional.of(Action.ALLOW);
        case "kill" -> Optional.of(Action.KILL_THREAD);
        case "trap" -> Optional.of(Action.TRAP);
        case "errno" -> Optional.of(Action.errno(words.length > 1 ? words[1] : ""));
        case "notify" ->
            throw new PolicyException(
                text.position(0), "\"notify\" needs another process that answers");
        default ->
            throw new PolicyException(
                text.position(0),
                "unknown action \"" + words[0] + "\" (known: allow, errno NUMBER, kill, trap)");
      };
    } catch (IllegalArgumentException e) {
      throw new PolicyException(text.position(0), e.getMessage());
    }
  }

  @Override
  public String toString() {
    return "lxc";
  }
}
