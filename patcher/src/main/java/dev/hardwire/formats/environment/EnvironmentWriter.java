package dev.hardwire.formats.environment;

import dev.hardwire.filter.compile.PlainPolicy;
import dev.hardwire.formats.Inexpressible;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the preload library's variables, a line each.
 *
 * <p>They express lists of calls and two actions, kill and log. Anything else is an error that
 * names the rule.
 */
public final class EnvironmentWriter {
  private EnvironmentWriter() {}

  /**
   * The lines.
   *
   * @throws PolicyException if the variables cannot express it
   */
  public static String write(PlainPolicy policy) {
    boolean denies = policy.defaultAction() instanceof Action.Allow;
    Action action = denies ? firstAction(policy) : policy.defaultAction();
    if (action instanceof Action.Allow) {
      throw cannot(policy.defaultPosition(), "the action " + action);
    }
    List<String> names = new ArrayList<>();
    for (PlainPolicy.PlainRule rule : policy.rules()) {
      if (!rule.checks().isEmpty()) {
        throw cannot(rule.position(), "a condition on the arguments of " + rule.call());
      }
      if (!rule.action().equals(denies ? action : Action.ALLOW)) {
        throw cannot(rule.position(), rule.action() + " for " + rule.call());
      }
      names.add(rule.call());
    }
    return (denies ? EnvironmentPolicy.DENY : EnvironmentPolicy.ALLOW)
        + "="
        + String.join(":", names)
        + "\n"
        + (action.equals(Action.KILL_PROCESS)
            ? ""
            : EnvironmentPolicy.ACTION + "=" + action.toString().replace(' ', ':') + "\n");
  }

  private static Action firstAction(PlainPolicy policy) {
    return policy.rules().isEmpty() ? Action.KILL_PROCESS : policy.rules().get(0).action();
  }

  private static PolicyException cannot(Position position, String what) {
    return Inexpressible.by("the variables", position, what);
  }
}
