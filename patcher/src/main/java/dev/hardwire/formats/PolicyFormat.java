package dev.hardwire.formats;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.ReadPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A file format of policies.
 *
 * <p>Formats have no state: two objects for the same format are equal.
 */
public interface PolicyFormat {
  /** The name on the command line, such as {@code oci}. */
  @Override
  String toString();

  /** Whether a text that no format of higher precedence recognises is in this format. */
  boolean detect(String text);

  /** Whether a file may be another policy, or invalid, for another architecture. */
  default boolean dependsOnArchitecture() {
    return true;
  }

  /**
   * Reads a policy and the files that it includes.
   *
   * @param files one file; for systemd's units any number, drop-ins after their unit
   * @throws PolicyException if it is not a valid policy, or there is more than one file
   */
  ReadPolicy read(List<Path> files, ReadOptions options) throws IOException;

  /**
   * Writes a policy; some formats are only read.
   *
   * @param architecture that the file is for
   * @return the text of the file
   * @throws PolicyException if the format cannot express the policy; the error names the rule
   */
  default String write(Policy policy, Target architecture) {
    Inexpressible.checkRestrictions(policy, this);
    throw Inexpressible.by(this, policy.defaultPosition(), "a policy: it is only read");
  }
}
