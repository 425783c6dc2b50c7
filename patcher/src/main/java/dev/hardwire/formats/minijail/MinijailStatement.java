package dev.hardwire.formats.minijail;

import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Position;
import java.util.List;

/**
 * A statement of a minijail policy.
 *
 * @param calls that the architecture has, or may have; empty if it is for other architectures
 * @param filters of which the first that matches decides
 * @param isExtended whether only {@code compile_seccomp_policy.py} reads such a statement, and not
 *     minijail0
 */
record MinijailStatement(
    List<CallName> calls, List<MinijailFilter> filters, boolean isExtended, Position position) {
  MinijailStatement {
    calls = List.copyOf(calls);
    filters = List.copyOf(filters);
  }
}
