package dev.hardwire.cli.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The environment that a process was started with, byte for byte: /proc/PID/environ (proc(5)). A
 * shell changes the environment that it passes on.
 *
 * @param entries {@code NAME=VALUE}, a character for each byte
 */
public record ProcessEnvironment(List<String> entries) {
  /** Where execvp(3) looks without a PATH. */
  private static final String DEFAULT_PATH = "/bin:/usr/bin";

  public ProcessEnvironment {
    entries = List.copyOf(entries);
  }

  /** Reads the bytes of /proc/PID/environ. */
  static ProcessEnvironment of(byte[] bytes) {
    return new ProcessEnvironment(
        entries(bytes).stream()
            .map(entry -> new String(entry, StandardCharsets.ISO_8859_1))
            .toList());
  }

  /** Texts that each end with a NUL byte. */
  static List<byte[]> entries(byte[] bytes) {
    List<byte[]> entries = new ArrayList<>();
    for (int start = 0, end = 0; end < bytes.length; end++) {
      if (bytes[end] == 0) {
        entries.add(Arrays.copyOfRange(bytes, start, end));
        start = end + 1;
      }
    }
    return entries;
  }

  /** The variables; of one that is there twice the first counts, as for getenv(3). */
  public Map<String, String> variables() {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String entry : entries) {
      int end = entry.indexOf('=');
      if (end > 0) {
        variables.putIfAbsent(entry.substring(0, end), entry.substring(end + 1));
      }
    }
    return variables;
  }

  /** What is left without some variables. */
  List<byte[]> without(List<String> names) {
    return entries.stream()
        .filter(entry -> names.stream().noneMatch(name -> entry.startsWith(name + "=")))
        .map(entry -> entry.getBytes(StandardCharsets.ISO_8859_1))
        .toList();
  }

  /** The file that execvp(3) would execute. */
  public Path find(String program) throws IOException {
    if (program.contains("/")) {
      return Path.of(program);
    }
    byte[] bytes =
        variables().getOrDefault("PATH", DEFAULT_PATH).getBytes(StandardCharsets.ISO_8859_1);
    String path = new String(bytes, StandardCharsets.UTF_8);
    for (String directory : path.split(":", -1)) {
      Path candidate = Path.of(directory, program);
      if (!program.isEmpty() && Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
        return candidate;
      }
    }
    throw new NoSuchFileException(program, null, "not found in PATH");
  }
}
