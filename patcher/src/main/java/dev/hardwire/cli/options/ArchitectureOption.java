package dev.hardwire.cli.options;

import dev.hardwire.cli.report.UsageException;
import dev.hardwire.elf.Machine;
import dev.hardwire.image.Host;
import dev.hardwire.seccomp.Architecture;
import picocli.CommandLine.Option;

/** The architecture of the output. */
public final class ArchitectureOption {
  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      description =
          "Architecture of the programs: ${COMPLETION-CANDIDATES} (default: that of this machine).")
  private Architecture architecture;

  /** Its machine. */
  public Machine machine() {
    if (architecture != null) {
      return Machine.valueOf(architecture.name());
    }
    return Host.machine()
        .orElseThrow(
            () ->
                new UsageException(
                    "--arch ARCH is required: there is no stub for this machine's architecture"));
  }
}
