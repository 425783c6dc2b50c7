package dev.hardwire.policy;

import dev.hardwire.text.PrintableText;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The system calls that a program may make, and what else it gives up.
 *
 * <p>Rules are tried in order and the first match applies; other calls get {@code defaultAction}.
 *
 * @param version of the file format; 1
 * @param name for people: printable and not empty
 * @param defaultAction for calls that no rule matches
 * @param rules in the order in which they are tried
 * @param noNewPrivs whether PR_SET_NO_NEW_PRIVS is set before the filter is installed; without it
 *     the program needs CAP_SYS_ADMIN to install one
 * @param log whether the kernel logs every action but {@code allow} (SECCOMP_FILTER_FLAG_LOG)
 * @param mapsMissingCalls whether names of x86-64 stand for the calls by which other architectures
 *     do the same
 * @param defaultPosition where the default action stands; equality ignores it
 * @param landlock the files and ports that it may use; empty for no restriction
 * @param limits what else it gives up; empty for nothing
 * @param capabilities which capabilities it keeps; empty for all that it has
 * @param seal whether the memory of its code is sealed (mseal)
 * @param phases what it gives up later; at most one for each moment
 * @param weights how often the program makes calls, by name; empty if that is unknown. Frequent
 *     calls get short paths through the filter, which decides the same
 */
public record Policy(
    int version,
    String name,
    Action defaultAction,
    List<Rule> rules,
    boolean noNewPrivs,
    boolean log,
    boolean mapsMissingCalls,
    Position defaultPosition,
    Optional<Landlock> landlock,
    Optional<Limits> limits,
    Optional<Capabilities> capabilities,
    boolean seal,
    List<Phase> phases,
    Map<String, Long> weights) {
  /** The only version of the format so far. */
  public static final int VERSION = 1;

  /** The largest weight; sums of larger ones might overflow. */
  public static final long LARGEST_WEIGHT = 1L << 40;

  private static final int LONGEST_NAME = 100;

  /**
   * Checks the components.
   *
   * @param version of the file format; 1
   * @param name for people: printable and not empty
   * @param defaultAction see the record
   * @param rules see the record
   * @param noNewPrivs whether PR_SET_NO_NEW_PRIVS is set before the filter is installed; without it
   *     the program needs CAP_SYS_ADMIN to install one
   * @param log whether the kernel logs every action but {@code allow} (SECCOMP_FILTER_FLAG_LOG)
   * @param mapsMissingCalls whether names of x86-64 stand for the calls by which other
   *     architectures do the same
   * @param defaultPosition where the default action stands; equality ignores it
   * @param landlock see the record; requires no_new_privs
   * @param limits see the record
   * @param capabilities see the record; require no_new_privs
   * @param seal see the record
   * @param phases see the record; require no_new_privs
   * @param weights see the record; from 1 to {@link #LARGEST_WEIGHT}
   */
  public Policy {
    if (version != VERSION) {
      throw new IllegalArgumentException("policy version " + version + " is not " + VERSION);
    }
    if (!isName(name)) {
      throw new IllegalArgumentException("not a policy name: \"" + name + "\"");
    }
    Objects.requireNonNull(defaultAction);
    rules = List.copyOf(rules);
    Objects.requireNonNull(defaultPosition);
    Objects.requireNonNull(limits);
    if (landlock.isPresent() && !noNewPrivs) {
      throw new IllegalArgumentException("landlock requires no_new_privs");
    }
    if (capabilities.isPresent() && !noNewPrivs) {
      throw new IllegalArgumentException("capabilities require no_new_privs");
    }
    phases = List.copyOf(phases);
    if (!phases.isEmpty() && !noNewPrivs) {
      throw new IllegalArgumentException("phases require no_new_privs");
    }
    Phase.requireDifferent(phases);
    weights.forEach(Policy::requireWeight);
    weights = Collections.unmodifiableMap(new TreeMap<>(weights));
  }

  private static void requireWeight(String call, long weight) {
    if (!CallName.isOneCall(call) || weight < 1 || weight > LARGEST_WEIGHT) {
      throw new IllegalArgumentException("not a weight: " + call + ": " + weight);
    }
  }

  /**
   * A policy about system calls alone.
   *
   * @param version of the file format; 1
   * @param name printable and not empty
   * @param defaultAction for calls that no rule matches
   * @param rules in the order in which they are tried
   * @param noNewPrivs whether PR_SET_NO_NEW_PRIVS is set
   * @param log whether the kernel logs every action but {@code allow}
   * @param mapsMissingCalls whether names of x86-64 stand for other calls elsewhere
   * @param defaultPosition where the default action stands
   */
  public Policy(
      int version,
      String name,
      Action defaultAction,
      List<Rule> rules,
      boolean noNewPrivs,
      boolean log,
      boolean mapsMissingCalls,
      Position defaultPosition) {
    this(
        version,
        name,
        defaultAction,
        rules,
        noNewPrivs,
        log,
        mapsMissingCalls,
        defaultPosition,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        List.of(),
        Map.of());
  }

  /**
   * A policy whose default action has no position.
   *
   * @param version of the file format; 1
   * @param name printable and not empty
   * @param defaultAction for calls that no rule matches
   * @param rules in the order in which they are tried
   * @param noNewPrivs whether PR_SET_NO_NEW_PRIVS is set
   * @param log whether the kernel logs every action but {@code allow}
   */
  public Policy(
      int version,
      String name,
      Action defaultAction,
      List<Rule> rules,
      boolean noNewPrivs,
      boolean log) {
    this(version, name, defaultAction, rules, noNewPrivs, log, false, Position.NONE);
  }

  /**
   * The same policy with a position of its default action.
   *
   * @param position of the default action
   * @return a new policy
   */
  public Policy withDefaultAt(Position position) {
    return with(rules, mapsMissingCalls, position);
  }

  /**
   * The same policy with other rules.
   *
   * @param newRules replace all rules
   * @return a new policy
   */
  public Policy withRules(List<Rule> newRules) {
    return with(newRules, mapsMissingCalls, defaultPosition);
  }

  /**
   * The same policy, with calls mapped or not.
   *
   * @param maps whether they are mapped
   * @return a new policy
   */
  public Policy withMissingCallsMapped(boolean maps) {
    return with(rules, maps, defaultPosition);
  }

  /**
   * The same policy with other restrictions of files, ports, processes and resources.
   *
   * @param newLandlock replaces that of this policy
   * @param newLimits replace those of this policy
   * @return a new policy
   */
  public Policy restrictedBy(Optional<Landlock> newLandlock, Optional<Limits> newLimits) {
    return with(newLandlock, newLimits, capabilities, seal, phases, weights);
  }

  /**
   * The same policy with other capabilities.
   *
   * @param newCapabilities replace those of this policy
   * @return a new policy
   */
  public Policy keeping(Optional<Capabilities> newCapabilities) {
    return with(landlock, limits, newCapabilities, seal, phases, weights);
  }

  /**
   * The same policy, with the memory of the program's code sealed or not.
   *
   * @param seals whether it is sealed
   * @return a new policy
   */
  public Policy sealing(boolean seals) {
    return with(landlock, limits, capabilities, seals, phases, weights);
  }

  /**
   * Refuses a policy that seals memory.
   *
   * @param policy any policy
   * @param what applies it and does not know the program; a noun phrase
   * @throws PolicyException if the policy seals
   */
  public static void refuseSeal(Policy policy, String what) {
    if (policy.seal()) {
      throw new PolicyException(
          policy.defaultPosition(),
          what + " cannot seal: it does not know where the program's code is; remove seal");
    }
  }

  /**
   * The rules alone: without everything that restricts the program beside its calls from the start
   * on, without phases and weights.
   *
   * @return a new policy
   */
  public Policy rulesAlone() {
    return with(Optional.empty(), Optional.empty(), Optional.empty(), false, List.of(), Map.of());
  }

  /**
   * The same policy with other phases.
   *
   * @param newPhases replace those of this policy
   * @return a new policy
   */
  public Policy inPhases(List<Phase> newPhases) {
    return with(landlock, limits, capabilities, seal, newPhases, weights);
  }

  /**
   * The same policy with other weights.
   *
   * @param newWeights replace those of this policy
   * @return a new policy
   */
  public Policy weighedBy(Map<String, Long> newWeights) {
    return with(landlock, limits, capabilities, seal, phases, newWeights);
  }

  private Policy with(List<Rule> newRules, boolean maps, Position position) {
    return new Policy(
        version,
        name,
        defaultAction,
        newRules,
        noNewPrivs,
        log,
        maps,
        position,
        landlock,
        limits,
        capabilities,
        seal,
        phases,
        weights);
  }

  private Policy with(
      Optional<Landlock> files,
      Optional<Limits> numbers,
      Optional<Capabilities> kept,
      boolean seals,
      List<Phase> later,
      Map<String, Long> frequencies) {
    return new Policy(
        version,
        name,
        defaultAction,
        rules,
        noNewPrivs,
        log,
        mapsMissingCalls,
        defaultPosition,
        files,
        numbers,
        kept,
        seals,
        later,
        frequencies);
  }

  /**
   * A policy of this version with no_new_privs and without logging.
   *
   * @param name printable and not empty
   * @param defaultAction for calls that no rule matches
   * @param rules in the order in which they are tried
   * @return the policy
   */
  public static Policy of(String name, Action defaultAction, List<Rule> rules) {
    return new Policy(VERSION, name, defaultAction, rules, true, false);
  }

  /**
   * Whether {@code text} can name a policy: 1 to 100 printable characters.
   *
   * @param text any text
   * @return whether it can
   */
  public static boolean isName(String text) {
    return PrintableText.is(text, LONGEST_NAME);
  }

  /** What counts for equality: everything but positions. */
  private List<Object> parts() {
    return List.of(
        version,
        name,
        defaultAction,
        rules,
        noNewPrivs,
        log,
        mapsMissingCalls,
        landlock,
        limits,
        capabilities,
        seal,
        phases,
        weights);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Policy that && parts().equals(that.parts());
  }

  @Override
  public int hashCode() {
    return parts().hashCode();
  }
}
