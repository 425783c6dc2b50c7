package dev.hardwire.filter.resolve;

import dev.hardwire.calls.Multiplexer;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The rules of a policy for one call, both those with its own name and those with names of calls
 * that it replaces.
 *
 * <p>If they differ, denials take precedence: a call is denied if the rules of any of the names
 * deny it, and allowed if none does and those of one allow it. Rules of a replaced name allow only
 * calls that do exactly the same, and deny all that can do the same.
 */
final class MergedRules {
  /**
   * One rule of one name.
   *
   * @param index of the rule in the policy
   * @param direct whether it covers only the call itself, not where socketcall or ipc makes it
   * @param condition of the rule, with the arguments of the call; empty if it always holds
   * @param known whether the condition is complete; false if the call lacks some of the arguments
   * @param same condition under which the calls do the same; empty for always
   * @param like condition under which the calls can do the same; empty for always
   */
  record Said(
      int index,
      boolean direct,
      Rule rule,
      Position position,
      Optional<Condition> condition,
      boolean known,
      Optional<Condition> same,
      Optional<Condition> like) {
    boolean letsThrough() {
      return Action.letsThrough(rule.action());
    }

    /** Whether later rules of the name are unreachable. */
    boolean isLast() {
      return known && condition.isEmpty();
    }
  }

  private record Made(int index, Rule rule) {}

  private final String call;

  /** The exclusions to add to rules that allow only calls that do the same. */
  private final List<CallName> exclusions;

  /** By name, each in the policy's order; the call's own first. */
  private final Map<String, List<Said>> names = new LinkedHashMap<>();

  MergedRules(String call, List<CallName> exclusions) {
    this.call = call;
    this.exclusions = List.copyOf(exclusions);
    names.put(call, new ArrayList<>());
  }

  void add(String name, Said said) {
    names.computeIfAbsent(name, key -> new ArrayList<>()).add(said);
  }

  private Stream<Said> all() {
    return names.values().stream().flatMap(List::stream);
  }

  /**
   * Whether the call's own rules already cover all that the others could add: one of them decides
   * every call, and none of another name comes before it.
   */
  boolean isSaid() {
    List<Said> own = names.get(call);
    OptionalInt last = own.stream().filter(Said::isLast).mapToInt(Said::index).min();
    return last.isPresent()
        && own.stream().noneMatch(Said::direct)
        && all().allMatch(said -> said.letsThrough() == own.get(0).letsThrough())
        && all().allMatch(said -> own.contains(said) || said.index() >= last.getAsInt());
  }

  /** Rules of another name that contradict rules of the call's own name, by that other name. */
  Map<String, Said> differing() {
    Map<String, Said> differing = new LinkedHashMap<>();
    List<Integer> own = names.get(call).stream().map(Said::index).toList();
    for (Map.Entry<String, List<Said>> entry : names.entrySet()) {
      boolean others = entry.getValue().stream().anyMatch(s -> !own.contains(s.index()));
      boolean otherwise =
          entry.getValue().stream()
              .anyMatch(
                  s -> names.get(call).stream().anyMatch(o -> o.letsThrough() != s.letsThrough()));
      if (others && otherwise) {
        differing.put(entry.getKey(), entry.getValue().get(0));
      }
    }
    return differing;
  }

  /**
   * The rules for this call that deny. They stand before the rule of the policy that has made them,
   * since a later one may allow the call by its number, or by socketcall.
   *
   * @param byIndex to which they are added, by the index of that rule
   */
  void refusals(Map<Integer, List<Rule>> byIndex) {
    List<Made> made = new ArrayList<>();
    names.values().forEach(list -> refusals(list, made));
    for (Made one : made) {
      byIndex.computeIfAbsent(one.index(), key -> new ArrayList<>()).add(one.rule());
    }
  }

  /** The rules for this call that let it through, which stand after all others. */
  List<Rule> allowances() {
    List<Made> made = new ArrayList<>();
    names.forEach((name, list) -> letThrough(list, made, !name.equals(call)));
    return made.stream()
        .sorted((one, other) -> Integer.compare(one.index(), other.index()))
        .map(Made::rule)
        .toList();
  }

  private void refusals(List<Said> list, List<Made> made) {
    List<Condition> earlier = new ArrayList<>();
    for (Said said : list) {
      if (!said.letsThrough()) {
        List<Condition> parts = new ArrayList<>();
        said.like().ifPresent(parts::add);
        said.condition().ifPresent(parts::add);
        parts.addAll(earlier);
        made.add(new Made(said.index(), rule(said, parts, List.of())));
      } else if (said.known()) {
        said.condition().ifPresent(c -> earlier.add(new Condition.Not(c)));
      }
      if (said.isLast()) {
        return;
      }
    }
  }

  private void letThrough(List<Said> list, List<Made> made, boolean another) {
    for (Said said : list) {
      if (said.letsThrough() && said.known()) {
        List<Condition> parts = new ArrayList<>();
        said.same().ifPresent(parts::add);
        said.condition().ifPresent(parts::add);
        List<CallName> without = another && !parts.isEmpty() ? exclusions : List.of();
        made.add(new Made(said.index(), rule(said, parts, without)));
      }
      if (said.isLast()) {
        return;
      }
    }
  }

  private Rule rule(Said said, List<Condition> parts, List<CallName> without) {
    List<CallName> calls = new ArrayList<>();
    calls.add(new CallName(call, said.position()));
    calls.addAll(without);
    said.rule().calls().stream()
        .filter(name -> name.isExclusion() && Multiplexer.isOne(name.target()))
        .filter(name -> !calls.contains(name))
        .forEach(calls::add);
    Rule from = said.rule();
    return new Rule(
        from.action(), calls, joined(parts), from.position(), from.reason(), from.architectures());
  }

  private static Optional<Condition> joined(List<Condition> parts) {
    return Condition.all(
        parts.stream()
            .flatMap(c -> c instanceof Condition.All all ? all.parts().stream() : Stream.of(c))
            .distinct()
            .toList());
  }
}
