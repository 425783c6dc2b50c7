package dev.hardwire;

import dev.hardwire.core.PolicyPerArchitecture;
import dev.hardwire.policy.Policy;
import java.io.IOException;
import java.nio.file.Path;

/** A policy, or a file that will be read. */
interface GivenPolicy {
  PolicyPerArchitecture read() throws IOException;

  static GivenPolicy of(Policy policy) {
    PolicyPerArchitecture given = PolicyPerArchitecture.of(policy, "the caller");
    return () -> given;
  }

  static GivenPolicy of(Path file) {
    return () -> PolicyPerArchitecture.read(file);
  }
}
