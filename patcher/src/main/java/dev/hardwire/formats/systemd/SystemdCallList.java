package dev.hardwire.formats.systemd;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What the values of one {@code SystemCallFilter=} or {@code SystemCallLog=} add up to. */
final class SystemdCallList {
  private Optional<Boolean> allowList = Optional.empty();
  private final Map<CallName, Optional<Action>> calls = new LinkedHashMap<>();

  /** A value begins; the first one decides of which kind the list is. */
  void begin(boolean inverted) {
    if (allowList.isEmpty()) {
      allowList = Optional.of(!inverted);
    }
  }

  /**
   * One call of a value. A value of the other kind takes calls away, but a call that is denied with
   * its own action gets that one.
   *
   * @param own its own action, behind a colon
   */
  void apply(CallName call, Optional<Action> own, boolean inverted) {
    if (inverted == isAllowList() && own.isEmpty()) {
      calls.remove(call);
    } else {
      calls.put(call, own);
    }
  }

  boolean isUsed() {
    return allowList.isPresent();
  }

  boolean isAllowList() {
    return allowList.orElse(false);
  }

  Map<CallName, Optional<Action>> calls() {
    return calls;
  }
}
