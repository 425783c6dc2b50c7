package dev.hardwire.policy.format;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads minijail's {@code .policy} files, minijail0(5).
 *
 * <p>{@code CALL: EXPRESSION} allows the call where the expression holds and kills otherwise,
 * {@code CALL: EXPRESSION; return NUMBER} fails with the number otherwise. Unlike in minijail, an
 * argument is compared in the width in which the kernel reads it.
 */
public final class MinijailReader {
  private static final Pattern STATEMENT =
      Pattern.compile("(?<calls>\\{[^}]*\\}|[^:\\[\\s]+\\s*(?:\\[[^\\]]*\\])?)\\s*:");
  private static final Pattern ARCHITECTURES = Pattern.compile("\\[\\s*arch\\s*=([^;\\]]*)\\]");

  private final RuleCollector names;
  private final PolicyFiles files;
  private final ReadOptions options;
  private final List<Rule> rules = new ArrayList<>();
  private final Map<CallName, Position> seen = new HashMap<>();
  private Action defaultAction = Action.KILL_PROCESS;
  private Position defaultPosition;

  private MinijailReader(PolicyFiles files, ReadOptions options) {
    this.files = files;
    this.options = options;
    this.defaultPosition = Position.NONE;
    this.names = new RuleCollector(options);
  }

  /**
   * Reads a policy that stands alone: {@code @include} is an error.
   *
   * @throws PolicyException if it is not valid
   */
  public static ReadPolicy read(byte[] content, String source, ReadOptions options) {
    return read(SourceText.decode(content, source), PolicyFiles.none(), options);
  }

  /**
   * Reads a policy file and what it includes.
   *
   * @throws IOException if the file cannot be read
   * @throws PolicyException if it is not valid
   */
  public static ReadPolicy read(Path file, ReadOptions options) throws IOException {
    SourceText text = SourceText.decode(PolicyFiles.bytes(file), file.toString());
    return read(text, PolicyFiles.beside(file), options);
  }

  private static ReadPolicy read(SourceText text, PolicyFiles files, ReadOptions options) {
    MinijailReader reader = new MinijailReader(files, options);
    reader.defaultPosition = new Position(text.source(), 0, 0);
    reader.file(text);
    Policy policy = Policy.of("minijail-policy", reader.defaultAction, reader.rules);
    return new ReadPolicy(policy.withDefaultAt(reader.defaultPosition), reader.names.warnings());
  }

  private Void file(SourceText text) {
    for (LogicalLines.Line line : LogicalLines.of(text, "#")) {
      int comment = line.text().indexOf('#');
      LogicalLines.Line statement =
          comment < 0
              ? line
              : new LogicalLines.Line(
                  line.text().substring(0, comment).stripTrailing(), line.positions());
      statement(statement);
    }
    return null;
  }

  private void statement(LogicalLines.Line line) {
    if (line.text().startsWith("@")) {
      directive(line);
      return;
    }
    Matcher matcher = STATEMENT.matcher(line.text());
    if (!matcher.lookingAt()) {
      throw new PolicyException(
          line.position(0), "expected \"CALL: EXPRESSION\", @include or @default");
    }
    List<CallName> calls = calls(line, matcher.start("calls"), matcher.end("calls"));
    MinijailFilter filter = MinijailFilter.parse(line.from(matcher.end()));
    if (!calls.isEmpty()) {
      add(calls, filter, line.position(0));
    }
  }

  private void add(List<CallName> calls, MinijailFilter filter, Position position) {
    Optional<Condition> condition = filter.condition();
    rules.add(new Rule(filter.action(), calls, condition, position));
    if (condition.isPresent()) {
      filter.otherwise().ifPresent(a -> rules.add(new Rule(a, calls, Optional.empty(), position)));
    }
  }

  private void directive(LogicalLines.Line line) {
    String[] words = line.text().split("\\s+", 2);
    LogicalLines.Line value = line.from(words[0].length());
    if (value.text().isEmpty()) {
      throw new PolicyException(line.position(0), words[0] + " needs a value");
    }
    switch (words[0]) {
      case "@include" -> files.include(value.text(), value.position(0), this::file);
      case "@default" -> {
        defaultAction = MinijailFilter.defaultAction(value);
        defaultPosition = value.position(0);
      }
      case "@frequency" ->
          names.warn(line.position(0), "@frequency only makes minijail's filter faster; left out");
      default ->
          throw new PolicyException(
              line.position(0),
              "unknown directive " + words[0] + " (known: @include, @default, @frequency)");
    }
  }

  private List<CallName> calls(LogicalLines.Line line, int start, int end) {
    List<CallName> calls = new ArrayList<>();
    Matcher matcher =
        Pattern.compile("(?<name>[A-Za-z0-9_@]+)\\s*(?<meta>\\[[^\\]]*\\])?")
            .matcher(line.text())
            .region(start, end);
    while (matcher.find()) {
      Position position = line.position(matcher.start());
      String name = matcher.group("name");
      if (!isHere(matcher.group("meta"), position) || !names.isCall(name, position)) {
        continue;
      }
      CallName call = new CallName(name, position);
      Position earlier = seen.putIfAbsent(call, position);
      if (earlier != null) {
        throw new PolicyException(
            position, earlier, "\"" + name + "\" has two lines; join them by ||");
      }
      calls.add(call);
    }
    return calls;
  }

  private boolean isHere(String metadata, Position position) {
    if (metadata == null) {
      return true;
    }
    Matcher matcher = ARCHITECTURES.matcher(metadata);
    if (!matcher.matches()) {
      throw new PolicyException(position, "unknown metadata " + metadata + " (known: [arch=...])");
    }
    return List.of(matcher.group(1).strip().split("\\s*,\\s*", -1))
        .contains(options.architecture().id());
  }
}
