package dev.hardwire.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The tables of {@code docs/support.md}: for each kernel, architecture and kind of program how many
 * programs each way confines, and how many it refuses. Each test compares its own rows.
 */
final class SupportTable {
  private static final Path FILE = Path.of("../docs/support.md");
  private static final List<String> KINDS = List.of("dynamic", "static", "static-pie");

  /** One program that gets its policy in one way. */
  record Entry(String kind, Way way, boolean refused) {}

  private SupportTable() {}

  /** The rows of one architecture under one kernel, with a column for each of the ways. */
  static List<String> rows(
      String kernel, String architecture, List<Entry> entries, List<Way> ways, String test) {
    List<String> rows = new ArrayList<>();
    for (String kind : KINDS) {
      List<Entry> own =
          entries.stream().filter(e -> e.kind().equals(kind) && ways.contains(e.way())).toList();
      if (!own.isEmpty()) {
        String cells =
            ways.stream()
                .map(way -> counts(own.stream().filter(e -> e.way() == way).toList()))
                .collect(Collectors.joining(" | "));
        rows.add(
            "| %s | %s | %s | %s | `%s` |"
                .formatted(kernel, architecture, kind.replace("pie", "PIE"), cells, test));
      }
    }
    return rows;
  }

  private static String counts(List<Entry> entries) {
    if (entries.isEmpty()) {
      return "-";
    }
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
