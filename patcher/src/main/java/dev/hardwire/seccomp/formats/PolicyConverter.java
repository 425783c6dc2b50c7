package dev.hardwire.seccomp.formats;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.format.EnvironmentWriter;
import dev.hardwire.policy.format.MinijailWriter;
import dev.hardwire.policy.format.OciWriter;
import dev.hardwire.policy.format.PlainPolicy;
import dev.hardwire.policy.format.PolicyFormat;
import dev.hardwire.policy.format.SystemdWriter;
import dev.hardwire.policy.format.YamlPolicyWriter;
import dev.hardwire.seccomp.CallGroups;
import dev.hardwire.seccomp.SyscallTable;
import dev.hardwire.seccomp.compile.PlainPolicies;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import java.util.Set;
import java.util.TreeSet;

/** Writes policies in any format. */
public final class PolicyConverter {
  private PolicyConverter() {}

  /**
   * The text of a policy.
   *
   * @param architecture the target of foreign formats; Hardwire's own format names none
   * @throws PolicyException if the format cannot express the policy; the error names the rule
   */
  public static String write(Policy policy, PolicyFormat format, Target architecture) {
    if (format == PolicyFormat.YAML) {
      return YamlPolicyWriter.write(policy);
    }
    checkFlags(policy, format);
    PlainPolicy plain = PlainPolicies.of(ResolvedPolicy.of(policy, architecture));
    return switch (format) {
      case OCI -> OciWriter.write(plain);
      case MINIJAIL -> MinijailWriter.write(plain);
      case ENV -> EnvironmentWriter.write(plain);
      default -> {
        plain.rules().forEach(PolicyConverter::checkSystemdKnows);
        yield SystemdWriter.write(plain, alwaysAllowed(architecture));
      }
    };
  }

  /** systemd ignores names that it does not know, even in deny lists. */
  private static void checkSystemdKnows(PlainPolicy.PlainRule rule) {
    boolean known =
        CallGroups.names().stream()
            .anyMatch(group -> CallGroups.calls(group).orElseThrow().contains(rule.call()));
    if (!known) {
      throw new PolicyException(
          rule.position(), "systemd cannot say this: systemd 257 does not know " + rule.call());
    }
  }

  /** Rejects flags that the target format cannot express. */
  private static void checkFlags(Policy policy, PolicyFormat format) {
    if (policy.log() && format != PolicyFormat.OCI) {
      throw new PolicyException(policy.defaultPosition(), format + " cannot say this: log: true");
    }
    if (!policy.noNewPrivs() && format != PolicyFormat.SYSTEMD) {
      throw new PolicyException(
          policy.defaultPosition(), format + " cannot say this: no_new_privs: false");
    }
  }

  private static Set<String> alwaysAllowed(Target architecture) {
    Set<String> calls = new TreeSet<>(CallGroups.calls("@default").orElseThrow());
    calls.retainAll(SyscallTable.of(architecture).names());
    return calls;
  }
}
