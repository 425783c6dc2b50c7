package dev.hardwire.policy.text;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes a policy of a list of allowed and a list of denied system calls.
 *
 * <p>An allow list, even an empty one, allows what it lists, and everything else gets the default
 * action; a deny list beside it then only has to agree. A deny list alone gives the default action
 * to what it lists and allows everything else.
 */
public final class CallLists {
  /** The names, for messages, of the sources of the lists and the action. */
  public record Sources(String allow, String deny, String action) {}

  private static final Sources OPTIONS = new Sources("--allow", "--deny", "--default-action");

  private CallLists() {}

  /**
   * Makes the policy; at least one of the lists must be there.
   *
   * @param allow names separated by commas or colons; empty items are skipped
   * @param deny the same
   * @param action what a call gets that is not allowed
   * @throws PolicyException with the option and the number of the item where the fault is
   */
  public static Policy policy(Optional<String> allow, Optional<String> deny, Action action) {
    return policy(allow, deny, action, OPTIONS);
  }

  /** Makes the policy of lists that came from {@code sources}. */
  public static Policy policy(
      Optional<String> allow, Optional<String> deny, Action action, Sources sources) {
    if (allow.isEmpty() && deny.isEmpty()) {
      throw new IllegalArgumentException("neither an allow list nor a deny list");
    }
    if (action instanceof Action.Allow) {
      throw new PolicyException(
          new Position(sources.action(), 0, 0),
          "\"allow\" would allow every call; choose another action");
    }
    List<CallName> allowed = allow.map(list -> names(sources.allow(), list)).orElse(List.of());
    List<CallName> denied = deny.map(list -> names(sources.deny(), list)).orElse(List.of());
    contradictions(allowed, denied);
    return allow.isPresent()
        ? Policy.of("allow-list", action, rules(Action.ALLOW, allowed))
        : Policy.of("deny-list", Action.ALLOW, rules(action, denied))
            .withDefaultAt(new Position(sources.deny(), 0, 0));
  }

  private static List<Rule> rules(Action action, List<CallName> calls) {
    return calls.isEmpty()
        ? List.of()
        : List.of(new Rule(action, calls, Optional.empty(), calls.get(0).position()));
  }

  /** Repeated names count once. */
  private static List<CallName> names(String option, String list) {
    Map<String, CallName> names = new LinkedHashMap<>();
    int number = 0;
    for (String item : list.replace(':', ',').split(",", -1)) {
      number++;
      String name = item.strip();
      if (name.isEmpty()) {
        continue;
      }
      Position position = Position.item(option, number);
      if (!CallName.isWellFormed(name)) {
        throw new PolicyException(position, "\"" + name + "\" is not spelt like a system call");
      }
      names.putIfAbsent(name, new CallName(name, position));
    }
    return new ArrayList<>(names.values());
  }

  private static void contradictions(List<CallName> allowed, List<CallName> denied) {
    for (CallName call : denied) {
      int at = allowed.indexOf(call);
      if (at >= 0) {
        throw new PolicyException(
            call.position(),
            allowed.get(at).position(),
            "\"" + call + "\" is both allowed and denied; remove it from one of the lists");
      }
    }
  }
}
