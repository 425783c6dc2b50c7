package dev.hardwire.formats.kafel;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.CallGroups;
import dev.hardwire.formats.KnownArchitectures;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.kafel.KafelTokens.Token;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.policy.text.Expansion;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.SourceText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads policies of kafel, the language of nsjail.
 *
 * <p>{@code POLICY} defines a list of rules, {@code USE} repeats one, and what stands outside is
 * the policy. The first rule that matches applies. Unlike in kafel, an argument is compared in the
 * width in which the kernel reads it.
 */
public final class KafelReader {
  private static final List<String> ACTIONS =
      List.of(
          "ALLOW",
          "LOG",
          "KILL",
          "KILL_THREAD",
          "KILL_PROCESS",
          "DENY",
          "ERRNO",
          "TRAP",
          "TRACE",
          "USER_NOTIF");

  private final PolicyFiles files;
  private final ReadOptions options;
  private final Map<String, String> constants = new HashMap<>();
  private final Map<String, List<Rule>> policies = new HashMap<>();
  private final List<Rule> main = new ArrayList<>();
  private final Expansion expansion = new Expansion();
  private Optional<Action> otherwise = Optional.empty();
  private Position otherwisePosition;

  private KafelReader(String source, PolicyFiles files, ReadOptions options) {
    this.files = files;
    this.options = options;
    this.otherwisePosition = new Position(source, 0, 0);
  }

  public static ReadPolicy read(Path file, ReadOptions options) throws IOException {
    SourceText text = SourceText.decode(PolicyFiles.bytes(file), file.toString());
    PolicyFiles files = PolicyFiles.beside(file, options.includeRoots());
    KafelReader reader = new KafelReader(text.source(), files, options);
    reader.file(text);
    Policy policy =
        Policy.of("kafel-policy", reader.otherwise.orElse(Action.KILL_THREAD), reader.main)
            .withDefaultAt(reader.otherwisePosition);
    return new ReadPolicy(policy, List.of());
  }

  private Void file(SourceText text) {
    KafelTokens tokens = new KafelTokens(text);
    while (!tokens.isAtEnd()) {
      Token first = tokens.peek();
      if (tokens.accept("#include")) {
        include(tokens);
      } else if (tokens.accept("#define")) {
        define(tokens);
      } else if (tokens.accept("POLICY")) {
        Token name = tokens.name("the name of a policy");
        List<Rule> rules = new ArrayList<>();
        tokens.expect("{");
        if (!tokens.accept("}")) {
          statements(tokens, rules);
          tokens.expect("}");
        }
        if (policies.putIfAbsent(name.text(), rules) != null) {
          throw new PolicyException(
              name.position(), "the policy \"" + name.text() + "\" is defined twice");
        }
      } else if (tokens.accept("DEFAULT")) {
        if (otherwise.isPresent()) {
          throw new PolicyException(
              first.position(), otherwisePosition, "DEFAULT is given twice; remove one");
        }
        otherwisePosition = tokens.peek().position();
        otherwise = Optional.of(action(tokens));
      } else {
        statements(tokens, main);
      }
    }
    return null;
  }

  private void include(KafelTokens tokens) {
    if (!tokens.peek().isString()) {
      throw tokens.error("expected a file name in quotes");
    }
    while (tokens.peek().isString()) {
      Token name = tokens.take();
      String file = name.text().substring(1, name.text().length() - 1);
      files.include(file, name.position(), this::file);
    }
    tokens.accept(";");
  }

  private void define(KafelTokens tokens) {
    Token name = tokens.name("the name of a constant");
    if (!tokens.peek().isNumber()) {
      throw tokens.error("expected a number");
    }
    if (constants.putIfAbsent(name.text(), tokens.take().text()) != null) {
      throw new PolicyException(
          name.position(), "the constant " + name.text() + " is defined twice");
    }
  }

  private void statements(KafelTokens tokens, List<Rule> rules) {
    do {
      if (tokens.accept("USE")) {
        Token name = tokens.name("the name of a policy");
        if (!policies.containsKey(name.text())) {
          throw new PolicyException(
              name.position(), "no policy \"" + name.text() + "\" is defined before this line");
        }
        expansion.add(policies.get(name.text()).size(), name.position());
        rules.addAll(policies.get(name.text()));
      } else if (ACTIONS.contains(tokens.peek().text())) {
        Action action = action(tokens);
        tokens.expect("{");
        if (!tokens.accept("}")) {
          do {
            rule(tokens, action).ifPresent(rules::add);
          } while (tokens.accept(","));
          tokens.expect("}");
        }
      } else {
        throw tokens.error("expected POLICY, USE, DEFAULT, or an action");
      }
    } while (tokens.accept(","));
  }

  private Action action(KafelTokens tokens) {
    Token word = tokens.take();
    return switch (word.text()) {
      case "ALLOW" -> Action.ALLOW;
      case "LOG" -> Action.LOG;
      case "KILL", "KILL_THREAD", "DENY" -> Action.KILL_THREAD;
      case "KILL_PROCESS" -> Action.KILL_PROCESS;
      case "ERRNO" -> errno(tokens, word);
      case "TRAP" -> {
        if (!data(tokens).equals("0")) {
          throw new PolicyException(
              word.position(), "TRAP with a number other than 0 has no equivalent; use TRAP(0)");
        }
        yield Action.TRAP;
      }
      case "TRACE", "USER_NOTIF" ->
          throw new PolicyException(
              word.position(),
              "\"" + word.text() + "\" needs another process that answers; choose another action");
      default ->
          throw new PolicyException(
              word.position(),
              "expected an action (ALLOW, LOG, KILL, KILL_PROCESS, ERRNO, TRAP), not \""
                  + word.text()
                  + "\"");
    };
  }

  private Action errno(KafelTokens tokens, Token word) {
    String number = data(tokens);
    try {
      return new Action.Errno(Long.decode(number).intValue());
    } catch (IllegalArgumentException e) {
      throw new PolicyException(word.position(), "ERRNO: " + e.getMessage());
    }
  }

  private String data(KafelTokens tokens) {
    tokens.expect("(");
    String number = constants.getOrDefault(tokens.peek().text(), tokens.peek().text());
    if (!number.matches("[0-9][0-9a-fA-Fx]{0,6}")) {
      throw tokens.error("expected a number from 0 to 65535");
    }
    tokens.take();
    tokens.expect(")");
    return number;
  }

  /** A rule; empty if it is for other architectures. */
  private Optional<Rule> rule(KafelTokens tokens, Action action) {
    Position position = tokens.peek().position();
    CallName call = call(tokens);
    List<String> arguments = new ArrayList<>();
    boolean declared = tokens.accept("(");
    if (declared && !tokens.accept(")")) {
      do {
        Token name = tokens.name("the name of an argument");
        if (arguments.contains(name.text()) || arguments.size() == 6) {
          throw new PolicyException(
              name.position(),
              arguments.size() == 6
                  ? "a call has at most 6 arguments"
                  : "the argument \"" + name.text() + "\" is named twice");
        }
        arguments.add(name.text());
      } while (tokens.accept(","));
      tokens.expect(")");
    }
    boolean here = !tokens.accept("ON") || isHere(tokens);
    Optional<Condition> condition = Optional.empty();
    if (tokens.accept("{") && !tokens.accept("}")) {
      condition = Optional.of(new KafelExpression(tokens, constants, arguments).read());
      tokens.expect("}");
    }
    return here
        ? Optional.of(new Rule(action, List.of(call), condition, position))
        : Optional.empty();
  }

  private CallName call(KafelTokens tokens) {
    Token name = tokens.name("a system call");
    String number = constants.get(name.text());
    if (name.is("SYSCALL") && tokens.accept("[")) {
      number = constants.getOrDefault(tokens.peek().text(), tokens.peek().text());
      tokens.take();
      tokens.expect("]");
    }
    if (number != null) {
      return numbered(number, name.position());
    }
    String known = KafelNames.call(name.text(), options.architecture());
    if (!CallName.isWellFormed(known) || !CallGroups.isKnownSomewhere(known)) {
      throw new PolicyException(
          name.position(), "\"" + name.text() + "\" is not a known system call");
    }
    return new CallName(known, name.position());
  }

  private static CallName numbered(String number, Position position) {
    try {
      boolean binary = number.startsWith("0b");
      long value = binary ? Long.parseLong(number.substring(2), 2) : Long.decode(number);
      return new CallName("nr " + (value & 0xffff_ffffL), position);
    } catch (NumberFormatException e) {
      throw new PolicyException(position, "\"" + number + "\" is not the number of a call");
    }
  }

  private boolean isHere(KafelTokens tokens) {
    boolean several = tokens.accept("{");
    boolean here = false;
    do {
      Token name = tokens.name("an architecture");
      boolean known = KnownArchitectures.isKnown(name.text()) || name.text().startsWith("m");
      if (!known) {
        throw new PolicyException(name.position(), "unknown architecture \"" + name.text() + "\"");
      }
      Target target = options.architecture();
      here |= name.is(target.id()) || name.is(target.systemdName()) || name.is(target.goName());
    } while (several && tokens.accept(","));
    if (several) {
      tokens.expect("}");
    }
    return here;
  }
}
