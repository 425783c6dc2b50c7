package dev.hardwire.filter.resolve;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The rules that {@code other-sockets: deny} puts before all others. Landlock restricts connect and
 * bind of TCP sockets; these rules refuse the ways past it.
 */
final class SocketRules {
  private static final Action DENIED = Action.parse("errno EACCES");
  private static final String FAST_OPEN = "(flags & 0x20000000) != 0";

  /** Unix stream sockets are connected to each other for good; others could send elsewhere. */
  private static final String NO_PAIR =
      "!(family == AF_UNIX && ((type & 15) == SOCK_STREAM || (type & 15) == SOCK_SEQPACKET))";

  private static final String NO_TCP =
      "!((family == AF_INET || family == AF_INET6) && (type & 15) == SOCK_STREAM"
          + " && (protocol == 0 || protocol == IPPROTO_TCP))";

  private SocketRules() {}

  /** The policy with these rules, if it has them. */
  static Policy added(Policy policy, Target architecture) {
    if (policy.landlock().isEmpty() || policy.landlock().get().otherSockets()) {
      return policy;
    }
    Landlock landlock = policy.landlock().get();
    List<Rule> rules = new ArrayList<>();
    Position position = landlock.position();
    rules.add(rule(position, NO_TCP, "socket"));
    rules.add(rule(position, NO_PAIR, "socketpair"));
    // MSG_FASTOPEN connects
    rules.add(rule(position, FAST_OPEN, "sendto", "sendmsg", "sendmmsg"));
    if (Multiplexer.isReachable(architecture, "send")) {
      rules.add(rule(position, FAST_OPEN, "send"));
    }
    // a ring makes sockets and sends, also one that was there before
    rules.add(rule(position, null, "io_uring_setup", "io_uring_enter", "io_uring_register"));
    if (landlock.bind().isEmpty() || landlock.bind().get().isEmpty()) {
      rules.add(rule(position, null, "listen")); // the kernel binds a socket that is not bound
    }
    rules.addAll(policy.rules());
    return policy.withRules(rules);
  }

  private static Rule rule(Position position, String condition, String... names) {
    List<CallName> calls = new ArrayList<>();
    for (String name : names) {
      calls.add(new CallName(name, position));
    }
    return new Rule(
        DENIED,
        calls,
        Optional.ofNullable(condition).map(text -> ConditionParser.parse(text, at -> position)),
        position);
  }
}
