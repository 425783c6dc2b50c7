package dev.hardwire.elf;

import dev.hardwire.testing.Programs;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The tables of a file as GNU readelf prints them: an independent reader. */
final class Readelf {
  private static final Pattern SEGMENT =
      Pattern.compile(
          "(?m)^  ([A-Z_]+) +0x(\\w+) 0x(\\w+) 0x(\\w+) 0x(\\w+) 0x(\\w+) ([R ][W ][E ]) (?:0x)?(\\w+)$");
  private static final Pattern SECTION =
      Pattern.compile(
          "(?m)^  \\[ *(\\d+)] (\\S*) +(\\S+) +([0-9a-f]{8,16}) ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)"
              + " +([A-Za-z]*) +(\\d+) +(\\d+) +(\\d+)$");
  private static final Pattern DYNAMIC = Pattern.compile("(?m)^ 0x([0-9a-f]+) \\(\\w+\\) +(.*)$");
  private static final Pattern NOTE = Pattern.compile("(?m)^  (\\S+) +0x([0-9a-f]{8})\t");
  private static final Pattern HEADER = Pattern.compile("(?m)^  ([A-Z][^:]*): +(\\S+)");

  private final String text;

  Readelf(Path file) {
    text = Programs.output("readelf", "-hlSdWn", file);
  }

  private List<List<String>> rows(Pattern pattern) {
    return pattern.matcher(text).results().map(Readelf::groups).toList();
  }

  private static List<String> groups(MatchResult match) {
    return java.util.stream.IntStream.rangeClosed(1, match.groupCount())
        .mapToObj(match::group)
        .toList();
  }

  /** A line of the file header, its first word. */
  String header(String name) {
    return rows(HEADER).stream()
        .filter(row -> row.get(0).equals(name))
        .map(row -> row.get(1))
        .findFirst()
        .orElseThrow();
  }

  /** Type, offset, address, physical address, sizes, flags, alignment. */
  List<List<String>> segments() {
    return rows(SEGMENT);
  }

  /** Index, name, type, address, offset, size, entry size, flags, link, info, alignment. */
  List<List<String>> sections() {
    return rows(SECTION);
  }

  /** Tag and value as text; the DT_NULL at the end included. */
  List<List<String>> dynamic() {
    return rows(DYNAMIC);
  }

  /** Owner and size of the descriptor. */
  List<List<String>> notes() {
    return rows(NOTE);
  }
}
