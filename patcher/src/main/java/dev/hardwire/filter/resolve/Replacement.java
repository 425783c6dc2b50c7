package dev.hardwire.filter.resolve;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Position;
import dev.hardwire.resource.ResourceLines;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The equivalent of a call of x86-64 on another architecture: a call of another name, or an
 * additional variant. {@code replacements.txt} lists them.
 *
 * @param call the call of x86-64
 * @param replacement the call of the architecture
 * @param arguments for each argument of {@code call}, the equivalent argument of {@code
 *     replacement}; empty if there is none
 * @param same the condition under which the replacement does exactly what {@code call} does; empty
 *     for always
 * @param like the condition under which the replacement can do what {@code call} does, which
 *     includes {@code same}; empty for always
 */
public record Replacement(
    String call,
    String replacement,
    List<OptionalInt> arguments,
    Optional<Condition> same,
    Optional<Condition> like) {
  private static final String MISSING = "missing";
  private static final String SAME = "same";
  private static final String LIKE = "like";

  private static final ConcurrentHashMap<Target, List<Replacement>> TABLES =
      new ConcurrentHashMap<>();

  public Replacement {
    arguments = List.copyOf(arguments);
  }

  public static List<Replacement> of(Target architecture, String call) {
    return all(architecture).stream().filter(r -> r.call.equals(call)).toList();
  }

  /** All replacements of an architecture, in the order of the table. */
  public static List<Replacement> all(Target architecture) {
    return TABLES.computeIfAbsent(architecture, Replacement::load);
  }

  private static List<Replacement> load(Target architecture) {
    if (architecture == Target.X86_64) {
      return List.of(); // its names are the ones to be replaced
    }
    Set<String> replaced = new HashSet<>();
    List<Replacement> all = new ArrayList<>();
    for (List<String> words : ResourceLines.of(Replacement.class, "replacements.txt")) {
      Replacement one = parse(words.subList(1, words.size()));
      boolean applies =
          words.get(0).equals(MISSING)
              ? !Multiplexer.isReachable(architecture, one.call)
              : List.of(words.get(0).split(",", -1)).contains(architecture.id());
      if (applies && Multiplexer.isReachable(architecture, one.replacement)) {
        boolean first = !words.get(0).equals(MISSING) || replaced.add(one.call);
        if (first) {
          all.add(one);
        }
      }
    }
    return List.copyOf(all);
  }

  private static Replacement parse(List<String> words) {
    int same = indexOf(words, SAME, words.size());
    int like = indexOf(words, LIKE, words.size());
    List<OptionalInt> arguments =
        words.subList(2, Math.min(same, like)).stream()
            .map(w -> w.equals("-") ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(w)))
            .toList();
    return new Replacement(
        words.get(0),
        words.get(1),
        arguments,
        condition(words, same, Math.max(same, like)),
        condition(words, like, words.size()));
  }

  private static int indexOf(List<String> words, String word, int otherwise) {
    int at = words.indexOf(word);
    return at < 0 ? otherwise : at;
  }

  private static Optional<Condition> condition(List<String> words, int from, int to) {
    if (from >= words.size()) {
      return Optional.empty();
    }
    String text = String.join(" ", words.subList(from + 1, to));
    return Optional.of(ConditionParser.parse(text, at -> Position.NONE));
  }
}
