package dev.hardwire.cli.run;

import dev.hardwire.cli.options.TextOutput;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.learn.Learner;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The logs that are given to {@code learn}. */
final class LogFiles {
  private LogFiles() {}

  /**
   * Reads all logs.
   *
   * @param names of files, or - for standard input
   * @param output that must not be one of them
   */
  static void read(Learner learner, List<String> names, TextOutput output) throws IOException {
    for (String log : names) {
      if (log.equals("-")) {
        learner.read("standard input", System.in);
        continue;
      }
      Path path = Path.of(log);
      output.refuse(path, "a log");
      requireLog(path);
      try (InputStream in = Files.newInputStream(path)) {
        learner.read(log, in);
      }
    }
  }

  /**
   * Refuses a program, which {@code --exec} would run, in place of logs.
   *
   * @param names of logs
   * @param line all words of the command line
   */
  static void requireNoProgram(List<String> names, List<String> line) throws IOException {
    String first = names.get(0);
    Path path = Path.of(first);
    boolean isProgram =
        Files.isRegularFile(path)
            ? isProgram(path)
            : line.contains("--") && !first.equals("-") && !Files.exists(path);
    if (isProgram) {
      throw new UsageException(
          "\"%s\" is a program, not a log; to run it and learn from that, add --exec"
              .formatted(first));
    }
  }

  private static boolean isProgram(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      String start = new String(in.readNBytes(4), StandardCharsets.ISO_8859_1);
      return start.equals("\u007fELF") || start.startsWith("#!");
    }
  }

  /** A pipe that the shell made ends; others may not. */
  private static void requireLog(Path path) throws IOException {
    boolean ofTheShell =
        path.startsWith("/dev/fd")
            || path.startsWith("/proc/self/fd")
            || path.equals(Path.of("/dev/stdin"));
    if (Files.exists(path) && !Files.isRegularFile(path) && !ofTheShell) {
      String kind = Files.isDirectory(path) ? "is a directory" : "not a regular file";
      throw new FileSystemException(path.toString(), null, kind);
    }
  }
}
