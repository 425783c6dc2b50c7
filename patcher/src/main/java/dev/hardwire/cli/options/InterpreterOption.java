package dev.hardwire.cli.options;

import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/** Dynamic linkers that the user trusts. */
public final class InterpreterOption {
  @Option(
      names = "--interpreter",
      paramLabel = "FILE",
      description =
          "Accept programs whose PT_INTERP is this path, beside the dynamic linkers of glibc and"
              + " musl. May be repeated.")
  List<String> interpreters = List.of();

  public Set<String> accepted() {
    return Set.copyOf(interpreters);
  }
}
