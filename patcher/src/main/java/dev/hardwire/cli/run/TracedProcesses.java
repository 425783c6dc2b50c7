package dev.hardwire.cli.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The processes of a program that strace runs. */
final class TracedProcesses {
  /** A line of /proc/PID/status. */
  private static final String TRACER = "TracerPid:";

  private final ProcessHandle start;
  private final Path strace;

  /**
   * The processes below one, at any time.
   *
   * @param start that of strace, or one that it comes from
   * @param strace the program
   */
  TracedProcesses(ProcessHandle start, Path strace) {
    this.start = start;
    this.strace = strace;
  }

  /** The processes of strace. */
  Stream<ProcessHandle> tracers() {
    return Stream.concat(Stream.of(start), start.descendants())
        .filter(one -> one.info().command().filter(strace.toString()::equals).isPresent());
  }

  /**
   * What the program has left in the background: traced processes whose parents have ended. None
   * while the program itself runs, which is a child of strace.
   */
  List<ProcessHandle> orphans() {
    Set<Long> tracing = tracers().map(ProcessHandle::pid).collect(Collectors.toSet());
    if (tracing.isEmpty() || tracers().flatMap(ProcessHandle::children).findAny().isPresent()) {
      return List.of();
    }
    List<ProcessHandle> traced =
        ProcessHandle.allProcesses().filter(one -> tracing.contains(tracer(one.pid()))).toList();
    return traced.stream().filter(one -> one.parent().filter(traced::contains).isEmpty()).toList();
  }

  /** The number of the process that traces another one; 0 for none. */
  private static long tracer(long process) {
    try (Stream<String> lines =
        Files.lines(Path.of("/proc/" + process + "/status"), StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> line.startsWith(TRACER))
          .mapToLong(line -> Long.parseLong(line.substring(TRACER.length()).strip()))
          .findFirst()
          .orElse(0);
    } catch (IOException | UncheckedIOException e) {
      return 0; // it has ended
    }
  }
}
