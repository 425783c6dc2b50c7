package dev.hardwire.formats.minijail;

import dev.hardwire.calls.CallGroups;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.RuleCollector;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.policy.text.CallWeights;
import dev.hardwire.policy.text.Expansion;
import dev.hardwire.policy.text.LogicalLines;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.SourceText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads minijail's {@code .policy} files, minijail0(5).
 *
 * <p>minijail has two readers. minijail0 takes one statement a call: {@code CALL: EXPRESSION}
 * allows the call where the expression holds and kills otherwise, {@code CALL: EXPRESSION; return
 * NUMBER} fails with the number otherwise. {@code compile_seccomp_policy.py} takes more: lists of
 * calls and of filters in braces, other actions, defaults; and there {@code EXPRESSION; return
 * NUMBER} fails with the number where the expression holds. Several lines for a call, such as one
 * of an included file and one of the including file, are in order what the compiler makes of them;
 * minijail0 refuses them. A policy that minijail0 can read is read as minijail0 does, another one
 * as the compiler does. Unlike in both, an argument is compared in the width in which the kernel
 * reads it.
 */
public final class MinijailReader {
  private final RuleCollector names;
  private final PolicyFiles files;
  private final ReadOptions options;
  private final List<MinijailParser.Statement> statements = new ArrayList<>();
  private final Map<String, Position> lines = new HashMap<>();
  private final Map<String, Long> weights = new HashMap<>();
  private final Set<PolicyWarning> harmless = new HashSet<>();
  private final List<Position> filesWithoutDenylist = new ArrayList<>();
  private Optional<Position> denylist = Optional.empty();
  private Optional<Action> defaultAction = Optional.empty();
  private Position defaultPosition;

  private MinijailReader(PolicyFiles files, ReadOptions options) {
    this.files = files;
    this.options = options;
    this.defaultPosition = Position.NONE;
    this.names = new RuleCollector();
  }

  /** Reads a policy that stands alone: {@code @include} is an error. */
  public static ReadPolicy read(byte[] content, String source, ReadOptions options) {
    return read(SourceText.decode(content, source), PolicyFiles.none(), options);
  }

  public static ReadPolicy read(Path file, ReadOptions options) throws IOException {
    SourceText text = SourceText.decode(PolicyFiles.bytes(file), file.toString());
    PolicyFiles files = PolicyFiles.beside(file, options.includeRoots());
    files.searchWorkingDirectory(); // where minijail0 looks for relative names
    return read(text, files, options);
  }

  private static ReadPolicy read(SourceText text, PolicyFiles files, ReadOptions options) {
    MinijailReader reader = new MinijailReader(files, options);
    reader.defaultPosition = new Position(text.source(), 0, 0);
    reader.file(text);
    Policy policy =
        Policy.of(
            "minijail-policy",
            reader.defaultAction.orElse(
                reader.denylist.isPresent() ? Action.ALLOW : Action.KILL_PROCESS),
            reader.rules());
    return new ReadPolicy(
        policy.withDefaultAt(reader.defaultPosition).weighedBy(reader.weights),
        reader.names.warnings(),
        reader.harmless);
  }

  private Void file(SourceText text) {
    boolean hasDenylist = false;
    for (LogicalLines.Line line : LogicalLines.of(text, LogicalLines.Style.MINIJAIL)) {
      int comment = line.text().indexOf('#');
      String content = comment < 0 ? line.text() : line.text().substring(0, comment);
      LogicalLines.Line statement =
          new LogicalLines.Line(content.stripTrailing(), line.positions());
      if (statement.text().equals("@denylist")) {
        hasDenylist = true;
        denylist = Optional.of(line.position(0));
      } else if (statement.text().startsWith("@")) {
        directive(statement);
      } else if (!statement.text().isBlank() && isNew(statement)) {
        statements.add(new MinijailParser(statement, names, options).statement());
      }
    }
    if (!hasDenylist) {
      filesWithoutDenylist.add(new Position(text.source(), 0, 0));
    }
    return null;
  }

  /** Whether no earlier line says the same; minijail0 can take such lines. */
  private boolean isNew(LogicalLines.Line statement) {
    Position position = statement.position(0);
    Position earlier = lines.putIfAbsent(statement.text().replaceAll("\\s+", ""), position);
    if (earlier != null) {
      note(new PolicyWarning(position, "this line repeats " + earlier + "; it is ignored"));
    }
    return earlier == null;
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
        defaultAction = Optional.of(new MinijailParser(value, names, options).defaultAction());
        defaultPosition = value.position(0);
      }
      case "@frequency" -> frequency(value);
      default ->
          throw new PolicyException(
              line.position(0),
              "unknown directive "
                  + words[0]
                  + " (known: @include, @default, @denylist, @frequency)");
    }
  }

  /** How often calls are made, which decides nothing: the file may be missing. */
  private void frequency(LogicalLines.Line value) {
    Position position = value.position(0);
    if (files.exists(value.text())) {
      CallWeights.Names calls = new CallWeights.Names(CallGroups::isKnownSomewhere);
      weights.putAll(files.include(value.text(), position, text -> CallWeights.read(text, calls)));
      calls.warnings().forEach(this::note);
    } else {
      String missing = "cannot find \"" + value.text() + "\"; no call has a weight by it";
      note(new PolicyWarning(position, missing));
    }
  }

  /** Warns of what decides no call. */
  private void note(PolicyWarning warning) {
    names.warn(warning.position(), warning.message());
    harmless.add(warning);
  }

  private List<Rule> rules() {
    if (denylist.isPresent() && !filesWithoutDenylist.isEmpty()) {
      throw new PolicyException(
          filesWithoutDenylist.get(0), denylist.get(), "@denylist is missing, other files have it");
    }
    boolean isExtended =
        denylist.isPresent()
            || defaultAction.isPresent()
            || statements.stream().anyMatch(MinijailParser.Statement::isExtended);
    if (!isExtended) {
      dropDecided();
      isExtended = hasSeveralLinesForACall();
    }
    List<Rule> rules = new ArrayList<>();
    Map<CallName, Position> decided = new HashMap<>();
    Expansion expansion = new Expansion();
    for (MinijailParser.Statement statement : statements) {
      expansion.add(
          (long) statement.calls().size() * statement.filters().size(), statement.position());
      for (MinijailParser.Filter filter : statement.filters()) {
        statement.calls().forEach(call -> checkUndecided(call, decided));
        if (filter.condition().isEmpty()) {
          statement.calls().forEach(call -> decided.put(call, call.position()));
        }
        if (!statement.calls().isEmpty()) {
          rules.addAll(isExtended ? extended(statement, filter) : plain(statement, filter));
        }
      }
    }
    return rules;
  }

  /**
   * Drops lines for calls that an earlier one decides whatever their arguments are. minijail0
   * refuses them, unless it is built with ALLOW_DUPLICATE_SYSCALLS as in Android; then the first
   * one counts.
   */
  private void dropDecided() {
    Map<CallName, Position> decided = new HashMap<>();
    List<MinijailParser.Statement> kept = new ArrayList<>();
    for (MinijailParser.Statement statement : statements) {
      Position earlier = null;
      for (CallName call : statement.calls()) { // one at most
        earlier = decided.get(call);
        if (earlier != null) {
          names.warn(
              statement.position(),
              "what happens to \"" + call + "\" is decided at " + earlier + "; this is ignored");
        } else if (statement.filters().get(0).condition().isEmpty()) {
          decided.put(call, call.position());
        }
      }
      if (earlier == null) {
        kept.add(statement);
      }
    }
    statements.clear();
    statements.addAll(kept);
  }

  /** What {@code compile_seccomp_policy.py} joins, if nothing in the policy has two meanings. */
  private boolean hasSeveralLinesForACall() {
    Map<CallName, Position> first = new HashMap<>();
    for (MinijailParser.Statement statement : statements) {
      for (CallName call : statement.calls()) {
        Position earlier = first.putIfAbsent(call, call.position());
        if (earlier != null) {
          checkOneMeaning(call, earlier);
          return true;
        }
      }
    }
    return false;
  }

  private void checkOneMeaning(CallName call, Position earlier) {
    for (MinijailParser.Statement statement : statements) {
      for (MinijailParser.Filter filter : statement.filters()) {
        if (filter.condition().isPresent() && filter.action().isPresent()) {
          throw new PolicyException(
              call.position(),
              earlier,
              String.format(
                  "\"%s\" has two lines, which minijail0 refuses, and in its compiler \"; return\""
                      + " at %s means another thing; join them by ||",
                  call, filter.position()));
        }
      }
    }
  }

  private static void checkUndecided(CallName call, Map<CallName, Position> decided) {
    Position earlier = decided.get(call);
    if (earlier != null) {
      throw new PolicyException(
          call.position(), earlier, "what happens to \"" + call + "\" is decided already");
    }
  }

  /** As {@code compile_seccomp_policy.py} understands a filter. */
  private List<Rule> extended(MinijailParser.Statement statement, MinijailParser.Filter filter) {
    Action action = filter.action().orElse(Action.ALLOW);
    if (denylist.isPresent() && !(action instanceof Action.Errno)) {
      throw new PolicyException(
          filter.position(), denylist.get(), "with @denylist, every filter needs \"return ERRNO\"");
    }
    return List.of(new Rule(action, statement.calls(), filter.condition(), filter.position()));
  }

  /** As minijail0 understands a filter. */
  private List<Rule> plain(MinijailParser.Statement statement, MinijailParser.Filter filter) {
    Position position = statement.position();
    if (filter.condition().isEmpty()) {
      Action action = filter.action().orElseThrow();
      return List.of(new Rule(action, statement.calls(), Optional.empty(), position));
    }
    List<Rule> rules = new ArrayList<>();
    rules.add(new Rule(Action.ALLOW, statement.calls(), filter.condition(), position));
    filter
        .action()
        .ifPresent(
            otherwise -> {
              names.warn(
                  filter.position(),
                  "minijail0 fails where this does not hold, and its compiler where it does; read"
                      + " as minijail0 does");
              rules.add(new Rule(otherwise, statement.calls(), Optional.empty(), position));
            });
    return rules;
  }
}
