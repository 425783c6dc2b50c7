package dev.hardwire.cli.run;

import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The environment that a process was started with, byte for byte: /proc/PID/environ (proc(5)). A
 * shell between its caller and Java changes what Java sees of it.
 *
 * @param entries {@code NAME=VALUE}, a character for each byte
 */
public record ProcessEnvironment(List<String> entries) {
  /** Where execvp(3) looks without a PATH. */
  private static final String DEFAULT_PATH = "/bin:/usr/bin";

  public ProcessEnvironment {
    entries = List.copyOf(entries);
  }

  /** That of the process that started this one. */
  public static ProcessEnvironment ofParent() throws IOException {
    long parent = ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L);
    byte[] bytes = Files.readAllBytes(Path.of("/proc/" + parent + "/environ"));
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return new ProcessEnvironment(
        Arrays.stream(text.split("\0")).filter(entry -> !entry.isEmpty()).toList());
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

  /** What is left without some variables, each entry ended by a NUL byte. */
  public Bytes without(List<String> names) {
    StringBuilder text = new StringBuilder();
    entries.stream()
        .filter(entry -> names.stream().noneMatch(name -> entry.startsWith(name + "=")))
        .forEach(entry -> text.append(entry).append('\0'));
    return Bytes.wrap(text.toString().getBytes(StandardCharsets.ISO_8859_1));
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
