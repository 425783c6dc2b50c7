package dev.hardwire.policy.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Rule;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CallListsTest {
  private static final Action ERRNO = Action.errno("EPERM");

  private static Policy lists(String allow, String deny, Action action) {
    return CallLists.policy(Optional.ofNullable(allow), Optional.ofNullable(deny), action);
  }

  @Test
  void anAllowListDeniesTheRest() {
    assertThat(lists("read:write,exit", null, Action.KILL_PROCESS))
        .isEqualTo(
            Policy.of(
                "allow-list",
                Action.KILL_PROCESS,
                List.of(Rule.of(Action.ALLOW, "read", "write", "exit"))));
  }

  @Test
  void aDenyListAllowsTheRest() {
    assertThat(lists(null, "uname", ERRNO))
        .isEqualTo(Policy.of("deny-list", Action.ALLOW, List.of(Rule.of(ERRNO, "uname"))));
  }

  @Test
  void anEmptyAllowListAllowsNothing() {
    assertThat(lists("", null, Action.LOG))
        .isEqualTo(Policy.of("allow-list", Action.LOG, List.of()));
    assertThat(lists("", "uname", Action.LOG))
        .isEqualTo(Policy.of("allow-list", Action.LOG, List.of()));
  }

  @Test
  void theAllowListDecidesWhereBothAreGiven() {
    assertThat(lists("read", "uname", ERRNO)).isEqualTo(lists("read", null, ERRNO));
  }

  @Test
  void emptyAndRepeatedItemsDoNotCount() {
    assertThat(lists(":read,, read:", null, ERRNO)).isEqualTo(lists("read", null, ERRNO));
  }

  @Test
  void aCallInBothListsIsAContradiction() {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> lists("read,write", "uname::write", ERRNO))
        .withMessage(
            "--deny, item 3: \"write\" is both allowed and denied; remove it from one of the lists"
                + " (first at --allow, item 2)");
  }

  @Test
  void badItemsAreNamedByNumber() {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> lists("read,WRITE", null, ERRNO))
        .withMessage("--allow, item 2: \"WRITE\" is not spelt like a system call");
  }

  @Test
  void listsNeedAnActionThatDenies() {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> lists("read", null, Action.ALLOW))
        .withMessage("--default-action: \"allow\" would allow every call; choose another action");
    assertThatIllegalArgumentException().isThrownBy(() -> lists(null, null, ERRNO));
  }
}
