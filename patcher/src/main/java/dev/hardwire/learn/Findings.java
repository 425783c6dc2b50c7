package dev.hardwire.learn;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the user should know about the logs besides the calls in them. */
final class Findings {
  /** Examples that are kept of each kind. */
  private static final int EXAMPLES = 5;

  /** How often something was found, and where first. */
  private static final class Found {
    private long count;
    private long amount;
    private final List<Long> lines = new ArrayList<>();

    private String text() {
      StringBuilder text = new StringBuilder();
      lines.forEach(line -> text.append(text.isEmpty() ? "" : ", ").append(line));
      text.append(count > lines.size() ? ", ..." : "");
      return (count == 1 ? "line " : "lines ") + text;
    }
  }

  private final Map<String, Found> unparsable = new LinkedHashMap<>();
  private final Map<String, Found> losses = new LinkedHashMap<>();
  private final Map<String, Found> otherArchitectures = new LinkedHashMap<>();
  private final Map<String, Found> unknownCalls = new LinkedHashMap<>();
  private final Map<String, Found> denied = new LinkedHashMap<>();
  private final List<String> unmarked = new ArrayList<>();
  private final List<String> marks = new ArrayList<>();
  private final Set<String> executables = new LinkedHashSet<>();
  private long markCount;
  private long lines;

  /** Whether the program set a handler for a signal. */
  boolean handlers;

  /** Whether a process had several threads. */
  boolean threads;

  private static void add(Map<String, Found> map, String key, Place place) {
    add(map, key, place, 0);
  }

  private static void add(Map<String, Found> map, String key, Place place, long amount) {
    // Keys that come out of logs must not fill the memory.
    Found found = map.size() < 1000 ? map.computeIfAbsent(key, k -> new Found()) : map.get(key);
    if (found != null) {
      found.count++;
      found.amount += amount;
      if (found.lines.size() < EXAMPLES) {
        found.lines.add(place.line());
      }
    }
  }

  void line() {
    lines++;
  }

  void unparsable(Place place) {
    add(unparsable, place.file(), place);
  }

  /**
   * Records are missing.
   *
   * @param count how many, as far as the log says
   */
  void lost(Place place, long count) {
    add(losses, place.file(), place, count);
  }

  void otherArchitecture(String name, Place place) {
    add(otherArchitectures, name, place);
  }

  void unknownCall(String name, Place place) {
    add(unknownCalls, name, place);
  }

  /** A call that the policy of the time refused. */
  void denied(String how, Place place) {
    add(denied, how, place);
  }

  void mark(Place place, int pid) {
    markCount++;
    if (marks.size() < EXAMPLES) {
      marks.add(place + (pid == 0 ? "" : " (pid " + pid + ")"));
    }
  }

  /** A trace in which no policy is installed. */
  void unmarked(String trace) {
    unmarked.add(trace);
  }

  /** The traces in which no policy is installed. */
  List<String> unmarked() {
    return unmarked;
  }

  boolean isMarked() {
    return markCount > 0;
  }

  /**
   * An executable that a log names.
   *
   * @param path its bytes as characters, ISO 8859-1
   */
  void executable(String path) {
    if (executables.size() < EXAMPLES) {
      String text = new String(path.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
      executables.add(text.replaceAll("\\p{Cntrl}", "?")); // a terminal would obey these
    }
  }

  /** The file name of the only executable in the logs; empty if there are several or none. */
  Optional<String> onlyExecutable() {
    return executables.size() == 1
        ? executables.stream().map(path -> path.substring(path.lastIndexOf('/') + 1)).findFirst()
        : Optional.empty();
  }

  /** What an error says of the logs. */
  String summary() {
    String text = Learned.counted(lines, "line");
    long bad = unparsable.values().stream().mapToLong(found -> found.count).sum();
    text += bad == 0 ? "" : ", " + bad + " of them not understood";
    return executables.isEmpty()
        ? text
        : text + "; executables in it: " + String.join(", ", executables);
  }

  /** Where policies were installed. */
  String marks() {
    return String.join(", ", marks) + (markCount > marks.size() ? ", ..." : "");
  }

  /** A sentence for each thing that makes the result less than it should be. */
  List<String> warnings() {
    List<String> all = new ArrayList<>();
    unparsable.forEach(
        (file, found) ->
            all.add(
                "%s: %d %s not understood: %s"
                    .formatted(
                        file,
                        found.count,
                        found.count == 1 ? "line was" : "lines were",
                        found.text())));
    losses.forEach(
        (file, found) ->
            all.add(
                ("%s: the kernel says that records were dropped%s (%s); calls may be missing,"
                        + " so learn again until nothing new comes")
                    .formatted(
                        file, found.amount > 0 ? ", at least " + found.amount : "", found.text())));
    otherArchitectures.forEach(
        (name, found) ->
            all.add("left out: " + Learned.counted(found.count, "call") + " of " + name));
    unknownCalls.forEach(
        (name, found) ->
            all.add("unknown call %s was left out (%s)".formatted(name, found.text())));
    denied.forEach(
        (how, found) ->
            all.add(
                ("%s met the action %s of the policy that was there; what the program does"
                        + " when they succeed is not in the log")
                    .formatted(Learned.counted(found.count, "call"), how)));
    return all;
  }
}
