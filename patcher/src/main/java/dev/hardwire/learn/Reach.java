package dev.hardwire.learn;

import dev.hardwire.arch.Target;
import dev.hardwire.derive.Derivation;
import dev.hardwire.learn.arguments.Coverage;
import dev.hardwire.policy.Policy;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The calls that a program can make at all: those that were derived from its code, or those that a
 * policy allows.
 *
 * @param subject the program or the policy
 * @param origins the calls, each with what reaches it
 * @param unknown places of calls whose numbers are not known; if there are any, the calls are not
 *     complete
 * @param files what was analysed, each a line
 */
public record Reach(
    String subject, SortedMap<String, String> origins, List<String> unknown, List<String> files) {
  /** A step of a chain: file, address, and the function's name in parentheses if it has one. */
  private static final Pattern STEP =
      Pattern.compile("(?<file>\\S+) (?:at )?0x[0-9a-f]+ \\((?<function>[^)]+)\\).*");

  public Reach {
    unknown = List.copyOf(unknown);
    files = List.copyOf(files);
  }

  /** What was derived. */
  public static Reach of(Derivation derivation) {
    SortedMap<String, String> origins = new TreeMap<>();
    String program = derivation.program().replaceAll(".*/", "");
    derivation
        .calls()
        .forEach(
            (call, reached) -> origins.put(call, "reachable: " + origin(program, reached.chain())));
    return new Reach(
        derivation.program(),
        origins,
        derivation.unknown().stream().map(Derivation.UnknownSite::text).toList(),
        derivation.files().stream().map(file -> file.path() + " " + file.identity()).toList());
  }

  /** What a policy allows, in whatever use. */
  public static Reach of(Policy policy, String name, Target architecture) {
    SortedMap<String, String> origins = new TreeMap<>();
    Coverage coverage = new Coverage(Optional.of(policy), architecture);
    coverage.allowed().forEach(call -> origins.put(call, "within " + name));
    return new Reach(name, origins, List.of(), List.of());
  }

  /** The first function with a name in a library that leads to the call, or else the last step. */
  private static String origin(String program, List<String> chain) {
    for (String step : chain) {
      Matcher matcher = STEP.matcher(step);
      if (matcher.matches() && !matcher.group("file").equals(program)) {
        return matcher.group("file") + " " + matcher.group("function");
      }
    }
    return chain.isEmpty() ? "the program" : chain.get(chain.size() - 1);
  }

  /**
   * The same, and what other files reach that the program may load.
   *
   * @param more what it reaches with them
   */
  public Reach withExtensions(Optional<Reach> more) {
    SortedMap<String, String> all = new TreeMap<>(origins);
    more.ifPresent(
        reach ->
            reach.origins.forEach(
                (call, origin) ->
                    all.putIfAbsent(call, origin + ", by an extension that was not loaded")));
    return new Reach(subject, all, unknown, files);
  }

  /** Whether every call is known. */
  public boolean isComplete() {
    return unknown.isEmpty();
  }

  boolean contains(String call) {
    return origins.containsKey(call);
  }
}
