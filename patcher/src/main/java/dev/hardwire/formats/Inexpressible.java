package dev.hardwire.formats;

import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;

/** Errors about a part of a policy that a format cannot express. */
public final class Inexpressible {
  private Inexpressible() {}

  /**
   * The error.
   *
   * @param format its name, or the name of what it describes
   * @param what a noun phrase
   */
  public static PolicyException by(Object format, Position position, String what) {
    return new PolicyException(position, format + " cannot express " + what);
  }

  /** Rejects {@code log: true}. */
  public static void checkLog(Policy policy, PolicyFormat format) {
    if (policy.log()) {
      throw by(format, policy.defaultPosition(), "log: true");
    }
  }

  /** Rejects {@code no_new_privs: false}. */
  public static void checkNoNewPrivs(Policy policy, PolicyFormat format) {
    if (!policy.noNewPrivs()) {
      throw by(format, policy.defaultPosition(), "no_new_privs: false");
    }
  }

  /** Rejects the sections that only Hardwire's own format has. */
  public static void checkRestrictions(Policy policy, PolicyFormat format) {
    if (policy.landlock().isPresent()) {
      throw by(format, policy.landlock().get().position(), "landlock");
    }
    if (policy.limits().isPresent()) {
      throw by(format, policy.limits().get().position(), "limits");
    }
    if (policy.capabilities().isPresent()) {
      throw by(format, policy.capabilities().get().position(), "capabilities");
    }
    if (policy.seal()) {
      throw by(format, policy.defaultPosition(), "seal: true");
    }
    if (!policy.phases().isEmpty()) {
      throw by(format, policy.phases().get(0).position(), "phases");
    }
  }
}
