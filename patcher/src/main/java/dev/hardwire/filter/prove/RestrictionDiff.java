package dev.hardwire.filter.prove;

import dev.hardwire.policy.Capabilities.Capability;
import dev.hardwire.policy.Capabilities.SecureBit;
import dev.hardwire.policy.KernelDemand;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Landlock.LogDenials;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/** Lists what two policies restrict differently beside system calls. */
public final class RestrictionDiff {
  private static final String FREE = "allowed";
  private static final String DENIED = "denied";
  private static final String NONE = "not set";

  private final Policy first;
  private final Policy second;
  private final List<String> lines = new ArrayList<>();

  private RestrictionDiff(Policy first, Policy second) {
    this.first = first;
    this.second = second;
  }

  /** A line for each difference: what it is about, and what either policy says of it. */
  public static List<String> between(Policy first, Policy second) {
    RestrictionDiff diff = new RestrictionDiff(first, second);
    diff.files();
    for (Restrictions.Ports ports : Restrictions.Ports.values()) {
      diff.ports(ports);
    }
    diff.scope();
    diff.compare("landlock kernel", kernel(first), kernel(second));
    diff.compare("log-denials", logDenials(first), logDenials(second));
    diff.compare("quiet", quiet(first), quiet(second));
    diff.limits();
    diff.capabilities();
    diff.compare("seal", Boolean.toString(first.seal()), Boolean.toString(second.seal()));
    return diff.lines;
  }

  private void compare(String what, String one, String other) {
    if (!one.equals(other)) {
      lines.add(what + ": " + one + " -> " + other);
    }
  }

  private static String text(boolean allowed) {
    return allowed ? FREE : DENIED;
  }

  private void files() {
    for (Restrictions.Access access : Restrictions.Access.values()) {
      Set<String> paths = Restrictions.paths(first, access);
      paths.addAll(Restrictions.paths(second, access));
      for (String path : paths) {
        compare(access + " " + path, decision(first, access, path), decision(second, access, path));
      }
      compare(
          access + " elsewhere",
          text(!access.isRestricted(first)),
          text(!access.isRestricted(second)));
    }
  }

  private static String decision(Policy policy, Restrictions.Access access, String path) {
    Optional<List<PathRule>> rules = Restrictions.allowing(policy, access, path);
    boolean optional = false;
    if (rules.isPresent()) {
      for (PathRule rule : rules.get()) {
        optional |= rule.path().equals(path) && rule.optional();
      }
    }
    return text(rules.map(some -> !some.isEmpty()).orElse(true))
        + (optional ? ", may be missing" : "");
  }

  private void ports(Restrictions.Ports list) {
    String what = list + " ";
    Optional<Set<Integer>> one = list.of(first);
    Optional<Set<Integer>> other = list.of(second);
    Set<Integer> ports = new TreeSet<>(one.orElse(Set.of()));
    ports.addAll(other.orElse(Set.of()));
    for (int port : ports) {
      compare(
          what + port,
          text(one.map(some -> some.contains(port)).orElse(true)),
          text(other.map(some -> some.contains(port)).orElse(true)));
    }
    compare(what + "elsewhere", text(one.isEmpty()), text(other.isEmpty()));
  }

  private void scope() {
    for (Landlock.Scope scope : Landlock.Scope.values()) {
      compare(
          "scope " + scope,
          Restrictions.scope(first).contains(scope) ? "set" : NONE,
          Restrictions.scope(second).contains(scope) ? "set" : NONE);
    }
  }

  private static String logDenials(Policy policy) {
    return policy.landlock().map(Landlock::logDenials).orElse(LogDenials.PROGRAM).toString();
  }

  private static String quiet(Policy policy) {
    return policy.landlock().map(Landlock::quiet).orElse(List.of()).toString();
  }

  private static String kernel(Policy policy) {
    if (policy.landlock().isEmpty()) {
      return "any";
    }
    KernelDemand kernel = policy.landlock().get().kernel();
    return kernel.atLeast().isEmpty()
        ? "require"
        : "at-least %d, below: %s"
            .formatted(kernel.atLeast().getAsInt(), kernel.warns() ? "warn" : "stop");
  }

  private void limits() {
    for (int i = 0; i < Restrictions.NUMBERS.size(); i++) {
      compare(
          "limit " + Restrictions.NUMBERS.get(i),
          text(Restrictions.number(first, i)),
          text(Restrictions.number(second, i)));
    }
    compare(
        "limit dumpable",
        Boolean.toString(Restrictions.isDumpable(first)),
        Boolean.toString(Restrictions.isDumpable(second)));
    compare(
        "limit no-write-execute",
        Boolean.toString(!Restrictions.mayGainExecute(first)),
        Boolean.toString(!Restrictions.mayGainExecute(second)));
    compare("limit close-from", closing(first), closing(second));
  }

  private void capabilities() {
    for (Capability capability : Capability.values()) {
      if (listed(first, capability) || listed(second, capability)) {
        compare("capability " + capability, kept(first, capability), kept(second, capability));
      }
    }
    compare(
        "capabilities elsewhere",
        first.capabilities().isEmpty() ? "kept" : "given up",
        second.capabilities().isEmpty() ? "kept" : "given up");
    for (SecureBit bit : SecureBit.values()) {
      compare("securebit " + bit, secured(first, bit), secured(second, bit));
    }
  }

  private static boolean listed(Policy policy, Capability capability) {
    return policy.capabilities().filter(all -> all.keep().contains(capability)).isPresent();
  }

  private static String kept(Policy policy, Capability capability) {
    return policy.capabilities().isEmpty() || listed(policy, capability) ? "kept" : "given up";
  }

  private static String secured(Policy policy, SecureBit bit) {
    return policy.capabilities().filter(all -> all.securebits().contains(bit)).isPresent()
        ? "set"
        : NONE;
  }

  private static String text(OptionalLong number) {
    return number.isPresent() ? Long.toString(number.getAsLong()) : NONE;
  }

  private static String closing(Policy policy) {
    OptionalInt from = Restrictions.closeFrom(policy);
    if (from.isEmpty()) {
      return NONE;
    }
    List<Integer> kept = Restrictions.kept(policy);
    return from.getAsInt() + (kept.isEmpty() ? "" : ", keep " + kept);
  }
}
