package dev.hardwire.work;

import dev.hardwire.arch.Target;
import java.util.Optional;

/** The architecture of the machine that this process runs on. */
public final class HostTarget {
  private HostTarget() {}

  /** Empty if Hardwire does not support it. */
  public static Optional<Target> find() {
    return Host.machine();
  }
}
