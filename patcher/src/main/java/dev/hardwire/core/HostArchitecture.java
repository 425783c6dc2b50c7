package dev.hardwire.core;

import dev.hardwire.image.Host;
import dev.hardwire.seccomp.Architecture;
import dev.hardwire.stub.SetupCompiler;
import java.util.Optional;

/** The architecture of the machine that this process runs on. */
public final class HostArchitecture {
  private HostArchitecture() {}

  /** Empty if there is no stub for it. */
  public static Optional<Architecture> find() {
    return Host.machine().map(SetupCompiler::architecture);
  }
}
