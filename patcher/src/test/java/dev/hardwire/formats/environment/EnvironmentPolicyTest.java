package dev.hardwire.formats.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Rule;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironmentPolicyTest {
  private static final String ALLOW = "SECCOMP_SYSCALL_ALLOW";
  private static final String DENY = "SECCOMP_SYSCALL_DENY";
  private static final String ACTION = "SECCOMP_DEFAULT_ACTION";

  private static Policy read(Map<String, String> environment) {
    return EnvironmentPolicy.read(environment).orElseThrow();
  }

  @Test
  void withoutAListThereIsNoPolicy() {
    assertThat(EnvironmentPolicy.read(Map.of())).isEmpty();
    assertThat(EnvironmentPolicy.read(Map.of(ACTION, "log"))).isEmpty();
  }

  @Test
  void theAllowListWins() {
    assertThat(read(Map.of(ALLOW, "read:write", DENY, "read:nonsense!", ACTION, "log")))
        .isEqualTo(
            Policy.of("allow-list", Action.LOG, List.of(Rule.of(Action.ALLOW, "read", "write"))));
  }

  @Test
  void anEmptyAllowListAllowsNothing() {
    assertThat(read(Map.of(ALLOW, "")))
        .isEqualTo(Policy.of("allow-list", Action.KILL_PROCESS, List.of()));
  }

  @Test
  void actions() {
    for (String kill : List.of("", "kill", "kill-process")) {
      assertThat(read(Map.of(DENY, "uname", ACTION, kill)))
          .isEqualTo(
              Policy.of("deny-list", Action.ALLOW, List.of(Rule.of(Action.KILL_PROCESS, "uname"))));
    }
    assertThat(read(Map.of(DENY, ":uname,", ACTION, "errno:ENETDOWN")).rules())
        .isEqualTo(List.of(Rule.of(Action.errno("ENETDOWN"), "uname")));
  }

  @Test
  void errorsNameTheVariable() {
    error(Map.of(DENY, "uname", ACTION, "lgo"), "SECCOMP_DEFAULT_ACTION: unknown action \"lgo\"");
    error(Map.of(DENY, "uname", ACTION, "allow"), "SECCOMP_DEFAULT_ACTION: \"allow\" would");
    error(Map.of(ALLOW, "read:Write"), "SECCOMP_SYSCALL_ALLOW, item 2: \"Write\"");
  }

  private static void error(Map<String, String> environment, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(environment))
        .withMessageStartingWith(message);
  }
}
