package dev.hardwire.cli.run;

import dev.hardwire.cli.report.UsageException;
import dev.hardwire.os.Kernel;
import dev.hardwire.os.ProcessState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the start script was started with, which the program gets. A shell changes the environment,
 * and a JVM changes signals and descriptors. So the script leaves a child, whose /proc/PID has the
 * environment and the descriptors as they were (proc(5)), and the variable {@link #VARIABLE}, which
 * has the child's number, the descriptor that keeps it, "0" if standard input is open, and the
 * signals that are blocked and ignored.
 *
 * @param blocked signals, as /proc/PID/status shows them
 * @param ignored the same
 * @param coreFilter what a core dump contains (core(5))
 */
record Caller(
    ProcessEnvironment environment,
    Set<Integer> descriptors,
    long blocked,
    long ignored,
    String coreFilter) {
  private static final String VARIABLE = "HARDWIRE_CALLER";
  private static final int WORDS = 5;
  private static final int O_CLOEXEC = 02000000;
  private static final Path CORE_FILTER = Path.of("/proc/self/coredump_filter");

  /** Reads it, and ends the child; without the start script, what the JVM has. */
  static Caller readOrOwn() throws IOException {
    if (System.getenv().containsKey(VARIABLE)) {
      return read();
    }
    Kernel.require("why");
    return new Caller(
        ProcessEnvironment.of(Files.readAllBytes(Path.of("/proc/self/environ"))),
        Set.of(0, 1, 2),
        0,
        0,
        Files.readString(CORE_FILTER).strip());
  }

  /** Reads it, and ends the child. */
  static Caller read() throws IOException {
    String[] words = System.getenv().getOrDefault(VARIABLE, "").split(" ", -1);
    if (words.length != WORDS) {
      throw new UsageException("run works through the script bin/hardwire, not with java -jar");
    }
    Kernel.require("run");
    Path child = Path.of("/proc", words[0]);
    Set<Integer> descriptors = new HashSet<>();
    for (int descriptor : descriptors(child)) {
      if (descriptor != 0 && !isClosedByExec(child, descriptor)) {
        descriptors.add(descriptor);
      }
    }
    if (words[2].equals("0")) {
      descriptors.add(0);
    }
    Caller caller =
        new Caller(
            ProcessEnvironment.of(Files.readAllBytes(child.resolve("environ"))),
            descriptors,
            Long.parseUnsignedLong(words[3], 16),
            Long.parseUnsignedLong(words[4], 16),
            Files.readString(child.resolve("coredump_filter")).strip());
    ProcessState.close(Integer.parseInt(words[1]));
    ProcessState.reap(Long.parseLong(words[0]));
    return caller;
  }

  private static Set<Integer> descriptors(Path process) throws IOException {
    Set<Integer> descriptors = new HashSet<>();
    try (Stream<Path> files = Files.list(process.resolve("fd"))) {
      files.forEach(file -> descriptors.add(Integer.valueOf(file.getFileName().toString())));
    }
    return descriptors;
  }

  private static boolean isClosedByExec(Path process, int descriptor) throws IOException {
    for (String line : Files.readAllLines(process.resolve("fdinfo/" + descriptor))) {
      if (line.startsWith("flags:")) {
        return (Integer.parseInt(line.substring("flags:".length()).strip(), 8) & O_CLOEXEC) != 0;
      }
    }
    throw new IOException(process + ": descriptor " + descriptor + " has no flags");
  }

  /** Gives this process everything but the environment. */
  void restore() throws IOException {
    restoreForChild();
    ProcessState.setSignals(blocked, ignored);
  }

  /** Gives it to programs that this process starts, without the signals. */
  void restoreForChild() throws IOException {
    Files.writeString(CORE_FILTER, "0x" + coreFilter);
    ProcessState.keepOnly(descriptors(Path.of("/proc/self")), descriptors);
  }

  /** Words of the command line byte for byte; without the start script, only their text. */
  static List<byte[]> arguments(List<String> words) throws IOException {
    return System.getenv().containsKey(VARIABLE)
        ? arguments(words.size())
        : words.stream().map(word -> word.getBytes(StandardCharsets.UTF_8)).toList();
  }

  /** The last arguments of this process, byte for byte. */
  static List<byte[]> arguments(int count) throws IOException {
    List<byte[]> all =
        ProcessEnvironment.entries(Files.readAllBytes(Path.of("/proc/self/cmdline")));
    return new ArrayList<>(all.subList(all.size() - count, all.size()));
  }
}
