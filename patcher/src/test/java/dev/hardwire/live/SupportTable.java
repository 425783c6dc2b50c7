package dev.hardwire.live;

import dev.hardwire.elf.note.Hook;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The table of {@code docs/support.md}: for each kernel, architecture and kind of program how many
 * programs each hook confines, and how many it refuses. Each test compares its own rows.
 */
final class SupportTable {
  private static final Path FILE = Path.of("../docs/support.md");
  private static final List<String> KINDS = List.of("dynamic", "static", "static-pie");

  /** One program with one hook. */
  record Entry(String kind, Hook hook, boolean refused) {}

  private SupportTable() {}

  /** The rows of one architecture under one kernel. */
  static List<String> rows(String kernel, String architecture, List<Entry> entries, String test) {
    List<String> rows = new ArrayList<>();
    for (String kind : KINDS) {
      List<Entry> own = entries.stream().filter(e -> e.kind().equals(kind)).toList();
      if (!own.isEmpty()) {
        Function<Hook, String> cell =
            hook -> counts(own.stream().filter(e -> e.hook() == hook).toList());
        rows.add(
            "| %s | %s | %s | %s | %s | %s | `%s` |"
                .formatted(
                    kernel,
                    architecture,
                    kind.replace("pie", "PIE"),
                    cell.apply(Hook.INIT),
                    cell.apply(Hook.POST_INIT),
                    cell.apply(Hook.ENTRY),
                    test));
      }
    }
    return rows;
  }

  private static String counts(List<Entry> entries) {
    long refused = entries.stream().filter(Entry::refused).count();
    String ok = entries.size() - refused + " ok";
    return refused == 0 ? ok : ok + ", " + refused + " refused";
  }

  /** The rows in the document whose last column names the test. */
  static List<String> documented(String test) {
    return lines().stream().filter(line -> line.endsWith("| `" + test + "` |")).toList();
  }

  /** The document. */
  static List<String> lines() {
    try {
      return Files.readAllLines(FILE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
