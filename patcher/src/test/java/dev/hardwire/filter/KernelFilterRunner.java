package dev.hardwire.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Asks the running kernel what a filter does, by {@code run-filter} of the fixtures. */
public final class KernelFilterRunner {
  private KernelFilterRunner() {}

  /**
   * Makes the calls and returns what became of each: {@code ret N}, {@code signal N}, and so on.
   */
  public static List<String> run(Filter filter, List<SeccompData> calls) {
    return ask(filter, calls, List.of());
  }

  /** Asks what becomes of the calls; those that the filter lets through are not made. */
  public static List<String> decide(Filter filter, List<SeccompData> calls) {
    return ask(filter, calls, List.of("--decide"));
  }

  private static List<String> ask(Filter filter, List<SeccompData> calls, List<String> options) {
    String input = calls.stream().map(KernelFilterRunner::line).collect(Collectors.joining());
    try {
      Path file = Files.createTempFile("filter", ".bpf");
      try {
        Files.write(file, filter.encode(Target.X86_64.order()).toArray());
        return execute(file, input, options);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> execute(Path file, String input, List<String> options)
      throws IOException {
    Path in = Files.createTempFile("calls", ".txt");
    try {
      Files.writeString(in, input);
      ProcessBuilder builder = new ProcessBuilder(Fixtures.tool("run-filter").toString());
      builder.command().addAll(options);
      builder.command().add(file.toString());
      Process process =
          builder.redirectInput(in.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).isZero();
      return out.lines().toList();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      Files.delete(in);
    }
  }

  private static String line(SeccompData call) {
    String args =
        call.args().stream().map(a -> " 0x" + Long.toHexString(a)).collect(Collectors.joining());
    String prefix = call.arch() == 0x4000_0003L ? "i386 " : "";
    return prefix + call.nr() + args + "\n";
  }
}
