package dev.hardwire.elf.form;

import dev.hardwire.arch.Target;
import dev.hardwire.resource.Resources;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The code patterns in {@code start-code.txt}, by machine and kind. */
final class CodePatterns {
  private static final String RESOURCE = "start-code.txt";
  private static final Map<String, List<String>> LINES = read();
  private static final Map<String, List<CodePattern>> PARSED = new ConcurrentHashMap<>();

  private CodePatterns() {}

  private static Map<String, List<String>> read() {
    String text = Resources.text(CodePatterns.class, RESOURCE);
    Map<String, List<String>> lines = new HashMap<>();
    for (int from = 0, to; from < text.length(); from = to + 1) {
      to = text.indexOf('\n', from);
      if (to > from && text.charAt(from) != '#') {
        int kind = text.indexOf(' ', text.indexOf(' ', from) + 1);
        String key = text.substring(from, kind);
        List<String> before = lines.get(key);
        if (before == null) {
          before = new ArrayList<>();
          lines.put(key, before);
        }
        before.add(text.substring(kind + 1, to));
      }
    }
    return lines;
  }

  /**
   * Those of one kind; none for a machine whose start code is not described. A patch needs few of
   * the kinds, so each is parsed when it is asked for.
   */
  static List<CodePattern> of(Target machine, String kind) {
    String key = machine.id() + " " + kind;
    List<CodePattern> parsed = PARSED.get(key);
    if (parsed == null) {
      parsed = new ArrayList<>();
      for (String line : LINES.getOrDefault(key, List.of())) {
        parsed.addAll(CodePattern.of(line));
      }
      PARSED.put(key, List.copyOf(parsed));
    }
    return parsed;
  }
}
