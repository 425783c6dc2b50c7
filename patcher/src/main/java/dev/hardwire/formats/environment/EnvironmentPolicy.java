package dev.hardwire.formats.environment;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.CallLists;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The policy that three environment variables describe.
 *
 * <p>{@code SECCOMP_SYSCALL_ALLOW}, even empty, allows what it lists, and the deny list beside it
 * is not looked at. Else {@code SECCOMP_SYSCALL_DENY} denies what it lists. {@code
 * SECCOMP_DEFAULT_ACTION} is what happens to a call that is not allowed: {@code kill}, also where
 * it is empty or missing, or any other action but {@code allow}.
 */
public final class EnvironmentPolicy {
  public static final String ALLOW = "SECCOMP_SYSCALL_ALLOW";
  public static final String DENY = "SECCOMP_SYSCALL_DENY";
  public static final String ACTION = "SECCOMP_DEFAULT_ACTION";

  /** All variables, which are kept from the program. */
  public static final List<String> VARIABLES = List.of(ALLOW, DENY, ACTION);

  private EnvironmentPolicy() {}

  /**
   * Reads the policy.
   *
   * @return empty where neither list is set
   * @throws PolicyException with the variable and the number of the item where the fault is
   */
  public static Optional<Policy> read(Map<String, String> environment) {
    Optional<String> allow = Optional.ofNullable(environment.get(ALLOW));
    Optional<String> deny = Optional.ofNullable(environment.get(DENY)).filter(d -> allow.isEmpty());
    if (allow.isEmpty() && deny.isEmpty()) {
      return Optional.empty();
    }
    Action action = action(environment.getOrDefault(ACTION, ""), new Position(ACTION, 0, 0));
    return Optional.of(
        CallLists.policy(allow, deny, action, new CallLists.Sources(ALLOW, DENY, ACTION)));
  }

  /** The action that a value of {@link #ACTION} names; an empty one kills the process. */
  static Action action(String text, Position position) {
    if (text.isEmpty() || text.equals("kill")) {
      return Action.KILL_PROCESS;
    }
    try {
      return Action.parse(text);
    } catch (IllegalArgumentException e) {
      throw new PolicyException(position, e.getMessage());
    }
  }
}
