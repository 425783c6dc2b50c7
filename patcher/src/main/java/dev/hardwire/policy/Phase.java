package dev.hardwire.policy;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What a program gives up while it runs: an item of {@code phases:}.
 *
 * <p>From its moment on, the rules of the phase apply beside those of the policy, and the more
 * restrictive action counts. So do files, ports and processes: what either of them refuses is
 * refused. Equality ignores positions.
 *
 * @param name for people: printable and not empty
 * @param function of a library, whose first call begins the phase; empty for the moment before
 *     {@code main}
 * @param defaultAction for calls that no rule matches
 * @param rules in the order in which they are tried
 * @param landlock the files and ports that the program may use from then on; empty for no
 *     restriction. It always demands a kernel that has every right and can restrict all threads:
 *     {@link KernelDemand#ALL_THREADS}
 * @param position of the phase in the file
 * @param defaultPosition where the default action stands
 */
public record Phase(
    String name,
    Optional<String> function,
    Action defaultAction,
    List<Rule> rules,
    Optional<Landlock> landlock,
    Position position,
    Position defaultPosition) {
  /** The moment after the constructors of a program, before {@code main}. */
  public static final String MAIN = "main";

  private static final int LONGEST_FUNCTION = 200;

  /** FNV-1a, 32 bits. */
  private static final int FNV_BASIS = 0x811c_9dc5;

  private static final int FNV_PRIME = 0x0100_0193;
  private static final long NEVER_ZERO = 0x8000_0000L;

  /**
   * Checks the components.
   *
   * @param name see the record
   * @param function see the record
   * @param defaultAction see the record
   * @param rules see the record
   * @param landlock see the record; demands any kernel, or one that can restrict all threads
   * @param position see the record
   * @param defaultPosition see the record
   */
  public Phase {
    if (!Policy.isName(name)) {
      throw new IllegalArgumentException("not a name of a phase: \"" + name + "\"");
    }
    if (function.isPresent() && !isFunction(function.get())) {
      throw new IllegalArgumentException("not a function of a library: " + function.get());
    }
    Objects.requireNonNull(defaultAction);
    rules = List.copyOf(rules);
    landlock = landlock.map(Phase::forAllThreads);
    Objects.requireNonNull(position);
    Objects.requireNonNull(defaultPosition);
  }

  /**
   * A phase that restricts system calls alone.
   *
   * @param name printable and not empty
   * @param function of a library; empty for the moment before {@code main}
   * @param defaultAction for calls that no rule matches
   * @param rules in the order in which they are tried
   * @param position of the phase in the file
   * @param defaultPosition where the default action stands
   */
  public Phase(
      String name,
      Optional<String> function,
      Action defaultAction,
      List<Rule> rules,
      Position position,
      Position defaultPosition) {
    this(name, function, defaultAction, rules, Optional.empty(), position, defaultPosition);
  }

  /**
   * The restrictions of a phase, which apply to all threads.
   *
   * @param given demands any kernel, or one that can restrict all threads
   * @return the same, demanding such a kernel
   */
  public static Landlock forAllThreads(Landlock given) {
    KernelDemand kernel = given.kernel();
    int least = Math.max(KernelDemand.ALL_THREADS, given.neededAbi());
    if (kernel.warns() || kernel.atLeast().orElse(least) < least) {
      throw new IllegalArgumentException(
          "landlock of a phase takes ABI %d, which restricts %s; write \"kernel: require\""
              .formatted(
                  least, least == KernelDemand.ALL_THREADS ? "all threads" : "all that it lists"));
    }
    return given.on(new KernelDemand(OptionalInt.of(kernel.atLeast().orElse(least)), false));
  }

  /**
   * Whether a text can be the name of a function of a library.
   *
   * @param text any text
   * @return whether it is a C identifier, but not {@code main}
   */
  public static boolean isFunction(String text) {
    boolean good = !text.isEmpty() && text.length() <= LONGEST_FUNCTION && !text.equals(MAIN);
    for (int i = 0; i < text.length() && good; i++) {
      char c = text.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      good = letter || (i > 0 && c >= '0' && c <= '9');
    }
    return good;
  }

  /** Refuses phases with the same name, or that begin at the same moment. */
  static void requireDifferent(List<Phase> phases) {
    Set<Object> seen = new HashSet<>();
    for (Phase phase : phases) {
      if (!seen.add("name " + phase.name)) {
        throw new IllegalArgumentException("two phases have the name \"" + phase.name + "\"");
      }
      if (!seen.add(phase.mark())) {
        throw new IllegalArgumentException("two phases begin at " + phase.moment());
      }
    }
  }

  /**
   * Refuses a policy with phases.
   *
   * @param policy any policy
   * @param what applies it and cannot begin phases; a noun phrase
   * @throws PolicyException if the policy has phases
   */
  public static void refuse(Policy policy, String what) {
    if (!policy.phases().isEmpty()) {
      throw new PolicyException(
          policy.phases().get(0).position(),
          what + " cannot begin a phase: that takes a stub in the program; remove phases");
    }
  }

  /**
   * When the phase begins.
   *
   * @return a noun phrase
   */
  public String moment() {
    return function.map(f -> "the first call of " + f).orElse(MAIN);
  }

  /**
   * The fourth argument of the call of seccomp(2) that installs the filter of the phase. The kernel
   * ignores it; filters tell by it which phase begins.
   *
   * @return FNV-1a of the function, or of {@code main}, with the highest of 32 bits set
   */
  public long mark() {
    int hash = FNV_BASIS;
    String text = function.orElse(MAIN);
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * FNV_PRIME;
    }
    return (hash & 0xffff_ffffL) | NEVER_ZERO;
  }

  /**
   * The same phase with other rules.
   *
   * @param newRules replace all rules
   * @return a new phase
   */
  public Phase withRules(List<Rule> newRules) {
    return new Phase(name, function, defaultAction, newRules, landlock, position, defaultPosition);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Phase that
        && name.equals(that.name)
        && function.equals(that.function)
        && defaultAction.equals(that.defaultAction)
        && rules.equals(that.rules)
        && landlock.equals(that.landlock);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, function, defaultAction, rules, landlock);
  }
}
