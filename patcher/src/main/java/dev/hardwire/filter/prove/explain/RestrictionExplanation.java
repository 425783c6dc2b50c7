package dev.hardwire.filter.prove.explain;

import dev.hardwire.filter.prove.Restrictions;
import dev.hardwire.policy.Capabilities;
import dev.hardwire.policy.Capabilities.Capability;
import dev.hardwire.policy.Capabilities.SecureBit;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Limits;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Explains what a policy restricts beside system calls, in rows like those of calls. */
public final class RestrictionExplanation {
  private static final String ALLOWED = "allow";
  private static final String DENIED = "errno EACCES";

  private final Policy policy;
  private final List<ExplainedCall> rows = new ArrayList<>();

  private RestrictionExplanation(Policy policy) {
    this.policy = policy;
  }

  /** What may be done with some paths, which are compared with the rules as text. */
  public static List<ExplainedCall> of(Policy policy, List<String> paths) {
    RestrictionExplanation explanation = new RestrictionExplanation(policy);
    paths.forEach(explanation::path);
    return explanation.rows;
  }

  /** All paths, ports and limits of a policy. */
  public static List<ExplainedCall> of(Policy policy) {
    RestrictionExplanation explanation = new RestrictionExplanation(policy);
    policy.landlock().ifPresent(explanation::landlock);
    policy.limits().ifPresent(explanation::limits);
    policy.capabilities().ifPresent(explanation::capabilities);
    if (policy.seal()) {
      explanation.rows.add(
          new ExplainedCall(
              "seal", "true", "from Linux 6.10 on", policy.defaultPosition().source() + " seal"));
    }
    return explanation.rows;
  }

  private void add(String what, boolean allowed, String when, String from) {
    rows.add(new ExplainedCall(what, allowed ? ALLOWED : DENIED, when, from));
  }

  /** When a denial holds. */
  private String enforced() {
    int abi = policy.landlock().map(Landlock::guaranteedAbi).orElse(0);
    return abi > 0 ? Explanation.ALWAYS : "if the kernel has Landlock";
  }

  private String section() {
    return policy.landlock().map(Landlock::position).orElse(Position.NONE) + " landlock";
  }

  private void path(String path) {
    for (Restrictions.Access access : Restrictions.Access.values()) {
      Optional<List<PathRule>> rules = Restrictions.allowing(policy, access, path);
      if (access == Restrictions.Access.CONNECT_UNIX && rules.isEmpty()) {
        continue;
      }
      if (rules.isEmpty()) {
        add(access + " " + path, true, Explanation.ALWAYS, "not restricted");
      } else if (rules.get().isEmpty()) {
        add(access + " " + path, false, enforced(), section());
      } else {
        rule(access + " " + path, rules.get());
      }
    }
  }

  private void rule(String what, List<PathRule> rules) {
    PathRule rule = rules.stream().filter(one -> !one.optional()).findFirst().orElse(rules.get(0));
    add(
        what,
        true,
        rule.optional() ? "if " + rule.path() + " exists at the start" : Explanation.ALWAYS,
        rule.position() + " " + rule.path());
  }

  private void landlock(Landlock landlock) {
    for (Restrictions.Access access : Restrictions.Access.values()) {
      if (access.isRestricted(policy)) {
        for (PathRule rule : access.of(landlock).orElse(List.of())) {
          rule(access + " " + rule.path(), List.of(rule));
        }
        add(
            access + " elsewhere",
            false,
            access == Restrictions.Access.CONNECT_UNIX ? enforced(Landlock.UNIX) : enforced(),
            section());
      }
    }
    for (Restrictions.Ports list : Restrictions.Ports.values()) {
      ports(list);
    }
    for (Landlock.Scope scope : landlock.sortedScope()) {
      rows.add(new ExplainedCall("scope " + scope, "errno EPERM", enforced(), section()));
    }
    if (landlock.logDenials() != Landlock.LogDenials.PROGRAM) {
      rows.add(
          new ExplainedCall(
              "log-denials", landlock.logDenials().toString(), enforced(Landlock.LOG), section()));
    }
    for (PathRule rule : landlock.quiet()) {
      rows.add(
          new ExplainedCall(
              "denials at " + rule.path(),
              "not logged",
              enforced(Landlock.QUIET),
              rule.position() + " " + rule));
    }
  }

  /** When something holds that takes a version of Landlock's ABI. */
  private String enforced(int abi) {
    return policy.landlock().map(Landlock::guaranteedAbi).orElse(0) >= abi
        ? Explanation.ALWAYS
        : "if the kernel has ABI " + abi + " of Landlock";
  }

  private void ports(Restrictions.Ports list) {
    Optional<Set<Integer>> ports = list.of(policy);
    if (ports.isEmpty()) {
      return;
    }
    boolean udp = list == Restrictions.Ports.CONNECT_UDP || list == Restrictions.Ports.BIND_UDP;
    for (int port : ports.get()) {
      add(list.text() + " " + port, true, Explanation.ALWAYS, section());
    }
    add(list.text() + " elsewhere", false, udp ? enforced(Landlock.UDP) : enforced(), section());
  }

  private void limits(Limits limits) {
    Set<String> texts = new TreeSet<>();
    limits.core().ifPresent(number -> texts.add("core " + number));
    limits.fileSize().ifPresent(number -> texts.add("file-size " + number));
    limits.openFiles().ifPresent(number -> texts.add("open-files " + number));
    if (!limits.dumpable()) {
      texts.add("dumpable false");
    }
    if (limits.noWriteExecute()) {
      texts.add("no-write-execute true");
    }
    limits.closeFrom().ifPresent(from -> texts.add("close-from " + from));
    for (String text : texts) {
      int space = text.indexOf(' ');
      rows.add(
          new ExplainedCall(
              "limit " + text.substring(0, space),
              text.substring(space + 1),
              Explanation.ALWAYS,
              limits.position() + " limits"));
    }
  }

  private void capabilities(Capabilities capabilities) {
    String from = capabilities.position() + " capabilities";
    for (Capability capability : capabilities.keep()) {
      rows.add(
          new ExplainedCall("capability " + capability, "kept", "if it has it at the start", from));
    }
    rows.add(new ExplainedCall("capabilities elsewhere", "given up", Explanation.ALWAYS, from));
    for (SecureBit bit : capabilities.securebits()) {
      rows.add(new ExplainedCall("securebit " + bit, "set", "if it has capabilities", from));
    }
  }
}
