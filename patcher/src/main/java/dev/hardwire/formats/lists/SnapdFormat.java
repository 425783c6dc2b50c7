package dev.hardwire.formats.lists;

import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.RuleCollector;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.policy.text.LogicalLines;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.ReadPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The profiles of snapd, which snap-seccomp compiles: templates, and {@code *.src} below {@code
 * /var/lib/snapd/seccomp/bpf}.
 *
 * <p>A line allows a call with the arguments that follow: {@code -} for any, a value, or a value
 * after {@code !}, {@code <}, {@code <=}, {@code >}, {@code >=} or {@code |} (all bits are set),
 * {@code u:} and {@code g:} for users and groups. After {@code ~} it denies the call.
 */
public record SnapdFormat() implements PolicyFormat {
  private static final Pattern MARK =
      Pattern.compile(
          "(?m)^(@unrestricted|@complain"
              + "|~?[a-z_][a-z0-9_]* ++(?:- ++)*+(([|!<>]=?)?[A-Z0-9_]+|[ug]:\\w+)\\b.*)$");
  private static final Pattern TEST = Pattern.compile("(!|<=|>=|<|>|\\||[ug]:)?(.+)");

  /** The users that a profile can name on every machine; snap_daemon has a fixed number. */
  private static final Map<String, String> IDS = Map.of("root", "0", "snap_daemon", "584788");

  @Override
  public boolean detect(String text) {
    return MARK.matcher(text).find();
  }

  @Override
  public ReadPolicy read(List<Path> files, ReadOptions options) throws IOException {
    Path file = PolicyFiles.only(files);
    RuleCollector allowed = new RuleCollector();
    RuleCollector denied = new RuleCollector();
    Action otherwise = Action.errno("EPERM");
    for (LogicalLines.Line line : CallLines.lines(file)) {
      switch (line.text()) {
        case "@unrestricted" -> otherwise = Action.ALLOW;
        case "@complain" -> otherwise = Action.LOG;
        default -> rule(line, line.text().startsWith("~") ? denied : allowed);
      }
    }
    List<Rule> rules = new ArrayList<>(denied.rules());
    rules.addAll(allowed.rules());
    if (!otherwise.equals(Action.errno("EPERM"))) {
      rules = List.of(); // snap-seccomp then reads no other line
    }
    denied.warnings().addAll(allowed.warnings());
    Position start = new Position(file.toString(), 0, 0);
    return new ReadPolicy(
        Policy.of("snapd-profile", otherwise, rules).withDefaultAt(start), denied.warnings());
  }

  private static void rule(LogicalLines.Line line, RuleCollector rules) {
    boolean denies = line.text().startsWith("~");
    String[] words = line.text().substring(denies ? 1 : 0).split("\\s+", -1);
    Position position = line.position(0);
    if (words.length > 7) {
      throw new PolicyException(position, "a call has at most six arguments");
    }
    if (!CallLines.isCall(rules, words[0], position)) {
      return;
    }
    List<Condition> tests = new ArrayList<>();
    for (int i = 1; i < words.length; i++) {
      if (!words[i].equals("-")) {
        tests.add(test(i - 1, words[i], line.position(line.text().indexOf(words[i]))));
      }
    }
    rules.add(
        denies ? Action.errno("EACCES") : Action.ALLOW,
        List.of(new CallName(words[0], position)),
        Condition.all(tests),
        position);
  }

  private static Condition test(int index, String word, Position position) {
    Matcher parts = TEST.matcher(word);
    if (!parts.matches()) {
      throw new PolicyException(position, "expected an argument, or - for any");
    }
    String operator = parts.group(1) == null ? "" : parts.group(1);
    String value = parts.group(2);
    if (word.matches("[ug]:")) { // snapd replaces ###GROUP### and the like in parts of profiles
      throw new PolicyException(
          position, "no user or group after \"%s\"; expected one, such as u:root".formatted(word));
    }
    if (operator.endsWith(":")) {
      if (!IDS.containsKey(value)) {
        throw new PolicyException(
            position,
            "the number of \"%s\" is not the same everywhere; write the number".formatted(value));
      }
      return CallLines.test(index, "==", IDS.get(value), position);
    }
    String as =
        switch (operator) {
          case "" -> "==";
          case "!" -> "!=";
          case "|" -> "&";
          default -> operator;
        };
    return CallLines.test(index, as, value, position);
  }

  @Override
  public String toString() {
    return "snapd";
  }
}
