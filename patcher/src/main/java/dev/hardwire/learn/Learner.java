package dev.hardwire.learn;

import dev.hardwire.learn.arguments.Coverage;
import dev.hardwire.learn.log.ForeignLogs;
import dev.hardwire.learn.log.KernelLine;
import dev.hardwire.learn.log.LearnException;
import dev.hardwire.learn.log.LogLines;
import dev.hardwire.learn.log.Place;
import dev.hardwire.learn.log.StraceLine;
import dev.hardwire.learn.record.JournalLog;
import dev.hardwire.learn.record.KernelLog;
import dev.hardwire.learn.record.LearnOptions;
import dev.hardwire.learn.record.Recorder;
import dev.hardwire.learn.record.StraceLog;
import dev.hardwire.learn.record.TraceEvents;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads logs, detects the kind of each line, and counts the calls of programs.
 *
 * <p>Memory does not grow with the logs: it contains the threads that exist at a time and the
 * counts of each call.
 */
public final class Learner {
  /** The name of a file of {@code strace -ff}: the requested name, and a thread ID. */
  private static final Pattern SEPARATE = Pattern.compile("(.+)\\.(\\d{1,7})", Pattern.DOTALL);

  private static final String REMEDY =
      "trace with -f and without filters, or read the audit log; --incomplete takes it as it is";

  private static final String NOT_STARTED =
      "it has to be executable, for this machine, and its dynamic linker has to exist";

  private final LearnOptions options;
  private final Recorder recorder;
  private final KernelLog kernel;

  /** Traces whose threads have files of their own, by the name before the thread ID. */
  private final Map<String, TraceEvents> separate = new LinkedHashMap<>();

  public Learner(LearnOptions options) {
    this.options = options;
    this.recorder = new Recorder(options);
    this.kernel = new KernelLog(recorder);
  }

  /** Calls that a trace need not show, because they are allowed without having been seen. */
  public static List<String> untraced(LearnOptions options) {
    Coverage coverage = new Coverage(options.base(), options.architecture());
    return CallLines.of("untraced.txt").stream()
        .flatMap(line -> CallLines.entries(line, options.architecture()).stream())
        .map(CallLines.Entry::call)
        .filter(call -> coverage.refusal(call).isEmpty() && !coverage.needsArguments(call))
        .toList();
  }

  /** A copy of a program runs in its place. */
  public void ran(String copy, String program) {
    recorder.ranAs(copy, program);
  }

  /** The line of a trace that says which calls it does not show. */
  public static String leftOut(List<String> calls) {
    return StraceLine.LEFT_OUT + String.join(" ", calls) + "\n";
  }

  /**
   * Reads one log to its end.
   *
   * @param name as messages and comments have it
   */
  public void read(String name, InputStream in) throws IOException {
    recorder.begin(name);
    LogLines lines = new LogLines(name, in);
    JournalLog journal = new JournalLog(kernel::accept, recorder.findings());
    Matcher file = SEPARATE.matcher(name);
    OptionalInt suffix =
        file.matches() ? OptionalInt.of(Integer.parseInt(file.group(2))) : OptionalInt.empty();
    StraceLog trace =
        new StraceLog(
            suffix,
            pid ->
                pid.isPresent()
                    ? separate.computeIfAbsent(
                        file.group(1), key -> new TraceEvents(key, recorder, true))
                    : new TraceEvents(name, recorder, false));
    Foreign foreign = null;
    for (LogLines.Line line = lines.next(); line != null; line = lines.next()) {
      Place place = new Place(name, line.number());
      recorder.findings().line();
      if (!accept(line, lines, journal, trace, place) && !line.text().isBlank()) {
        recorder.findings().unparsable(place);
        if (foreign == null) {
          foreign = foreign(line.text(), place);
        }
      }
    }
    if (foreign != null && !(foreign.kind().afterTrace() && trace.trace().isPresent())) {
      throw new LearnException("%s: %s".formatted(foreign.place(), foreign.kind().message()));
    }
    journal.finish();
    trace
        .trace()
        .ifPresent(
            events -> {
              if (separate.containsValue(events)) {
                events.endOfFile();
              } else {
                events.finish();
              }
            });
  }

  private record Foreign(ForeignLogs.Kind kind, Place place) {}

  private static Foreign foreign(String line, Place place) {
    return ForeignLogs.kind(line).map(kind -> new Foreign(kind, place)).orElse(null);
  }

  private boolean accept(
      LogLines.Line line, LogLines lines, JournalLog journal, StraceLog trace, Place place)
      throws IOException {
    boolean audit = options.from() != LearnOptions.From.STRACE;
    if (audit && (journal.acceptExport(line, lines, place) || journal.acceptJson(line, place))) {
      return true;
    }
    var record = audit && !line.cut() ? KernelLine.parse(line.text()) : null;
    if (record != null && record.isPresent() && !(record.get() instanceof KernelLine.Other)) {
      kernel.accept(record.get(), place);
      return true;
    }
    return (options.from() != LearnOptions.From.AUDIT && trace.accept(line, place))
        || (record != null && record.isPresent());
  }

  /**
   * The result for all logs.
   *
   * @throws LearnException if nothing was learned
   */
  public Learned finish() {
    separate.values().forEach(TraceEvents::finish);
    recorder.separate(separate.keySet());
    if (recorder.findings().notStarted().isPresent()) {
      throw new LearnException(recorder.findings().notStarted().get() + "; " + NOT_STARTED);
    }
    if (!options.incomplete()) {
      for (String gap : recorder.findings().incomplete()) {
        throw new LearnException(gap + "; " + REMEDY);
      }
    }
    kernel.finish();
    boolean widens = recorder.denials().count() > 0 && options.base().isPresent();
    if (recorder.result().total() == 0 && !widens) {
      throw new LearnException(nothing());
    }
    return learned();
  }

  /** The result of the logs so far, as far as it is known, even if nothing was learned. */
  public Learned learned() {
    return new Learned(options, recorder, recorder.logs(), kernel.isUsed());
  }

  private String nothing() {
    String where = String.join(", ", recorder.logs()) + ": nothing to learn from: ";
    String summary = " (" + recorder.findings().summary() + ")";
    if (recorder.denials().count() > 0) {
      return where
          + "no system call, only accesses that Landlock denied; give the policy as --base"
          + summary;
    }
    if (recorder.others() > 0) {
      return where + recorder.others() + " calls, none by what --exe and --pid select" + summary;
    }
    return recorder.findings().isMarked()
        ? where
            + "no call after the policy was installed at "
            + recorder.findings().marks()
            + summary
        : where + "no system call in it" + summary;
  }
}
