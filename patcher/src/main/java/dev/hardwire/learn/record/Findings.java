package dev.hardwire.learn.record;

import dev.hardwire.learn.log.Place;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Findings in the logs for the user, other than calls. */
public final class Findings {
  /** The signal by which services are told to read their files again. */
  private static final String RELOAD = "SIGHUP";

  /** The one that some take instead. */
  private static final String OTHER_RELOAD = "SIGUSR2";

  /** The number of examples that are kept for each kind. */
  private static final int EXAMPLES = 5;

  /** The number of times that something was found, and the first place. */
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
  private final Map<String, Found> unresolved = new LinkedHashMap<>();
  private final Map<String, Found> denied = new LinkedHashMap<>();
  private final Map<String, Found> unknownDomains = new LinkedHashMap<>();
  private final List<String> gaps = new ArrayList<>();
  private Optional<String> notStarted = Optional.empty();
  private final List<String> unmarked = new ArrayList<>();
  private final List<String> marks = new ArrayList<>();
  private final Set<String> executables = new LinkedHashSet<>();
  private long markCount;
  private long lines;

  boolean handlers;
  boolean threads;

  private boolean handlesReload;
  private boolean reloads;

  /** The program sets a handler for a signal. */
  void handles(String signal) {
    handlers = true;
    handlesReload |= signal.equals(RELOAD);
  }

  void arrived(String signal) {
    reloads |= signal.equals(RELOAD) || signal.equals(OTHER_RELOAD);
  }

  /** Whether a service could have been told to read its files again, and was not. */
  public boolean lacksReload() {
    return handlesReload && !reloads;
  }

  /** Whether the program set a handler for a signal. */
  public boolean handlers() {
    return handlers;
  }

  /** Whether a process had several threads. */
  public boolean threads() {
    return threads;
  }

  /** A number of things, for people. */
  public static String counted(long count, String what) {
    return "%,d %s%s".formatted(count, what, count == 1 ? "" : "s");
  }

  private static void add(Map<String, Found> map, String key, Place place) {
    add(map, key, place, 0);
  }

  private static void add(Map<String, Found> map, String key, Place place, long amount) {
    // The number of keys from logs is limited, to bound memory.
    Found found = map.size() < 1000 ? map.computeIfAbsent(key, k -> new Found()) : map.get(key);
    if (found != null) {
      found.count++;
      found.amount += amount;
      if (found.lines.size() < EXAMPLES) {
        found.lines.add(place.line());
      }
    }
  }

  public void line() {
    lines++;
  }

  public void unparsable(Place place) {
    add(unparsable, place.file(), place);
  }

  /**
   * Records are missing.
   *
   * @param count their number, as far as the log shows it
   */
  void lost(Place place, long count) {
    add(losses, place.file(), place, count);
  }

  /**
   * A trace does not have every call.
   *
   * @param what shows that
   */
  void gap(String trace, String what) {
    if (gaps.size() < EXAMPLES) {
      gaps.add("%s: strace left out calls: %s".formatted(trace, what));
    }
  }

  /**
   * The program of a trace was not started.
   *
   * @param result of the {@code execve}, as strace writes it
   */
  void notStarted(String trace, String result) {
    String reason = result.substring(result.indexOf(' ') + 1);
    notStarted = notStarted.or(() -> Optional.of(trace + ": the program did not start: " + reason));
  }

  /** A sentence about a trace whose program was not started. */
  public Optional<String> notStarted() {
    return notStarted;
  }

  /** A sentence for each log of which it is known that calls are missing. */
  public List<String> incomplete() {
    List<String> all = new ArrayList<>(gaps);
    losses.forEach(
        (file, found) ->
            all.add(
                "%s: the kernel says that records were dropped%s (%s)"
                    .formatted(
                        file, found.amount > 0 ? ", at least " + found.amount : "", found.text())));
    return all;
  }

  void otherArchitecture(String name, Place place) {
    add(otherArchitectures, name, place);
  }

  void unknownCall(String name, Place place) {
    add(unknownCalls, name, place);
  }

  /** A relative path of which it is not known where it starts. */
  void unresolved(Place place) {
    add(unresolved, place.file(), place);
  }

  /** An access that Landlock denied, without the record that names the program. */
  void unknownDomain(Place place) {
    add(unknownDomains, place.file(), place);
  }

  /** A call that was denied by the policy in force. */
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
  public void unmarked(String trace) {
    unmarked.add(trace);
  }

  /** The traces in which no policy is installed. */
  public List<String> unmarked() {
    return unmarked;
  }

  public boolean isMarked() {
    return markCount > 0;
  }

  /**
   * An executable named in a log.
   *
   * @param path its bytes as characters, ISO 8859-1
   */
  void executable(String path) {
    if (executables.size() < EXAMPLES) {
      String text = new String(path.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
      executables.add(text.replaceAll("\\p{Cntrl}", "?")); // a terminal would interpret these
    }
  }

  /** The file name of the only executable in the logs; empty if there are several or none. */
  public Optional<String> onlyExecutable() {
    return executables.size() == 1
        ? executables.stream().map(path -> path.substring(path.lastIndexOf('/') + 1)).findFirst()
        : Optional.empty();
  }

  /** A description of the logs for an error message. */
  public String summary() {
    String text = counted(lines, "line");
    long bad = unparsable.values().stream().mapToLong(found -> found.count).sum();
    text += bad == 0 ? "" : ", " + bad + " of them not understood";
    return executables.isEmpty()
        ? text
        : text + "; executables in it: " + String.join(", ", executables);
  }

  /** The places at which policies were installed. */
  public String marks() {
    return String.join(", ", marks) + (markCount > marks.size() ? ", ..." : "");
  }

  /** A sentence for each problem that makes the result incomplete. */
  public List<String> warnings() {
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
    incomplete().forEach(what -> all.add(what + "; calls may be missing"));
    otherArchitectures.forEach(
        (name, found) -> all.add("ignored: " + counted(found.count, "call") + " of " + name));
    unknownCalls.forEach(
        (name, found) ->
            all.add("unknown call %s was left out (%s)".formatted(name, found.text())));
    unresolved.forEach(
        (file, found) ->
            all.add(
                "%s: %s of relative paths without their directories have no rules: %s; trace with -yy"
                    .formatted(file, counted(found.count, "use"), found.text())));
    unknownDomains.forEach(
        (file, found) ->
            all.add(
                "%s: %s denied by Landlock to an unknown program, since records of domains are missing: %s"
                    .formatted(file, counted(found.count, "time"), found.text())));
    denied.forEach(
        (how, found) ->
            all.add(
                ("%s got the action %s of the policy in force; what the program does"
                        + " when they succeed is not in the log")
                    .formatted(counted(found.count, "call"), how)));
    return all;
  }
}
