package dev.hardwire.live.guests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The tables of {@code docs/support.md}: for each kernel, architecture and kind of program how many
 * programs each way confines, and how many it refuses. Each test compares its own rows.
 */
final class SupportTable {
  private static final Path FILE = Path.of("../docs/support.md");
  private static final Pattern OK = Pattern.compile("(\\d+) ok");
  private static final Pattern REFUSED = Pattern.compile("(\\d+) refused");
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

  /** For each architecture the sums of all rows of tests. What is broken makes a test fail. */
  static List<String> sums() {
    Map<String, List<String>> rows =
        lines().stream()
            .filter(line -> OK.matcher(line).find() && line.endsWith("` |"))
            .collect(
                Collectors.groupingBy(
                    line -> line.split(" \\| ", -1)[1], LinkedHashMap::new, Collectors.toList()));
    return rows.entrySet().stream()
        .map(
            e ->
                "| %s | %d | %d | 0 |"
                    .formatted(e.getKey(), sum(e.getValue(), OK), sum(e.getValue(), REFUSED)))
        .toList();
  }

  private static int sum(List<String> rows, Pattern number) {
    return rows.stream()
        .flatMap(row -> number.matcher(row).results())
        .mapToInt(found -> Integer.parseInt(found.group(1)))
        .sum();
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
