package dev.hardwire.cli.options;

import dev.hardwire.arch.Target;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.work.Host;
import picocli.CommandLine.Option;

/** The architecture of the file to write. */
public final class ArchitectureOption {
  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      description =
          "Architecture of the programs: ${COMPLETION-CANDIDATES} (default: that of this machine).")
  private Target architecture;

  /** The architecture: the named one, or that of this machine. */
  public Target architecture() {
    if (architecture != null) {
      return architecture;
    }
    return Host.machine()
        .orElseThrow(
            () ->
                new UsageException(
                    "--arch ARCH is required: there is no stub for this machine's architecture"));
  }
}
