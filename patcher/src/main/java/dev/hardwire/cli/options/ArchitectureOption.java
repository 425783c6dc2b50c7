package dev.hardwire.cli.options;

import dev.hardwire.cli.report.UsageException;
import dev.hardwire.core.HostArchitecture;
import dev.hardwire.seccomp.Architecture;
import picocli.CommandLine.Option;

/** The architecture of what is written. */
public final class ArchitectureOption {
  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      description =
          "Architecture of the programs: ${COMPLETION-CANDIDATES} (default: that of this machine).")
  private Architecture architecture;

  /** The architecture: the named one, or that of this machine. */
  public Architecture architecture() {
    if (architecture != null) {
      return architecture;
    }
    return HostArchitecture.find()
        .orElseThrow(
            () ->
                new UsageException(
                    "--arch ARCH is needed: there is no stub for this machine's architecture"));
  }
}
