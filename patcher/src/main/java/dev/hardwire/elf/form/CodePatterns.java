package dev.hardwire.elf.form;

import dev.hardwire.arch.Target;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The code patterns in {@code start-code.txt}, by machine and kind. */
final class CodePatterns {
  private static final String RESOURCE = "start-code.txt";
  private static final Map<String, List<CodePattern>> ALL = read();

  private CodePatterns() {}

  private static Map<String, List<CodePattern>> read() {
    String text;
    try (InputStream in = CodePatterns.class.getResourceAsStream(RESOURCE)) {
      text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(RESOURCE, e);
    }
    Map<String, List<CodePattern>> all = new HashMap<>();
    for (String line : text.lines().toList()) {
      if (!line.isEmpty() && !line.startsWith("#")) {
        String[] fields = line.split(" ", 3);
        all.computeIfAbsent(fields[0] + " " + fields[1], key -> new ArrayList<>())
            .addAll(CodePattern.of(fields[2]));
      }
    }
    return all;
  }

  /** Those of one kind; none for a machine whose start code is not described. */
  static List<CodePattern> of(Target machine, String kind) {
    return ALL.getOrDefault(machine.id() + " " + kind, List.of());
  }
}
