package dev.hardwire.cli;

import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.Disassembler;
import dev.hardwire.seccomp.Filter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hardwire disasm}. */
@Command(
    name = "disasm",
    description = "Show a seccomp filter, an array of struct sock_filter, as text.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class DisasmCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      defaultValue = "x86_64",
      description = "Architecture: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Architecture architecture;

  @Parameters(paramLabel = "FILE", description = "The filter.")
  private Path file;

  @Override
  public Integer call() throws IOException {
    Filter filter = FilterFile.read(file, architecture);
    Disassembler.lines(filter, architecture).forEach(spec.commandLine().getOut()::println);
    return ExitCode.OK.code();
  }
}
