package dev.hardwire.learn;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Constant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Calls that give a program no power, from {@code harmless.txt}. A call that is not listed is not
 * harmless.
 */
final class HarmlessCalls {
  private final Map<String, Optional<Condition>> calls = new LinkedHashMap<>();
  private final Map<String, String> meanings = new LinkedHashMap<>();

  private HarmlessCalls() {}

  static HarmlessCalls of(Target architecture) {
    HarmlessCalls all = new HarmlessCalls();
    for (String line : CallLines.of("harmless.txt")) {
      for (CallLines.Entry entry : CallLines.entries(line, architecture)) {
        all.calls.merge(entry.call(), entry.when(), HarmlessCalls::either);
        entry.meaning().ifPresent(meaning -> all.meanings.put(entry.call(), meaning));
      }
    }
    return all;
  }

  /** The condition that one of two holds; both are on the same argument. */
  private static Optional<Condition> either(Optional<Condition> one, Optional<Condition> other) {
    Condition.Member first = (Condition.Member) one.orElseThrow();
    Condition.Member second = (Condition.Member) other.orElseThrow();
    List<Constant> constants = new ArrayList<>(first.constants());
    constants.addAll(second.constants());
    return Optional.of(new Condition.Member(first.operand(), constants));
  }

  /** Whether some use of the call is harmless. */
  boolean contains(String call) {
    return calls.containsKey(call);
  }

  /** The condition under which a use of the call is harmless; empty if every use is. */
  Optional<Condition> condition(String call) {
    return calls.get(call);
  }

  /** What a condition of a call means, if it is the condition of the list and that says it. */
  Optional<String> meaning(String call, Condition condition) {
    return Optional.ofNullable(meanings.get(call))
        .filter(words -> calls.get(call).equals(Optional.of(condition)));
  }
}
