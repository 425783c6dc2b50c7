package dev.hardwire.why.trace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Files of the kernel about traced threads (proc(5)), which may be gone at any time. */
final class ProcFiles {
  private ProcFiles() {}

  /** The process of a thread, or the parent of a process; 0 if it is gone. */
  static int parent(int id) {
    try {
      List<String> lines =
          Files.readAllLines(Path.of("/proc/" + id + "/status"), StandardCharsets.ISO_8859_1);
      int process = number(lines, "Tgid:");
      return process == id ? number(lines, "PPid:") : process;
    } catch (IOException gone) {
      return 0;
    }
  }

  private static int number(List<String> lines, String field) {
    return lines.stream()
        .filter(line -> line.startsWith(field))
        .mapToInt(line -> Integer.parseInt(line.substring(field.length()).strip()))
        .findFirst()
        .orElse(0);
  }

  /** The path of the file that a process executes; a text if that may not be known. */
  static String executable(int process) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + process + "/exe")).toString();
    } catch (IOException hidden) {
      return "a program that may not be read";
    }
  }
}
