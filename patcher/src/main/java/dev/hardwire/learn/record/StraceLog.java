package dev.hardwire.learn.record;

import dev.hardwire.learn.log.LogLines;
import dev.hardwire.learn.log.Place;
import dev.hardwire.learn.log.StraceLine;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One file of strace's output. */
public final class StraceLog {
  /**
   * A message of strace about a new thread in the middle of a line, if both are written to standard
   * error.
   */
  private static final Pattern INTERRUPTED =
      Pattern.compile("strace: Process (\\d{1,9}) attached$");

  /** The trace; null until a line determines it. */
  private TraceEvents events;

  private final Function<OptionalInt, TraceEvents> traces;

  /** From the file's name, for lines without a number. */
  private final OptionalInt suffix;

  private OptionalInt pid = OptionalInt.empty();

  /** The beginning of an interrupted line; empty if there is none. */
  private String begun = "";

  /** The thread of the interrupted line, if the line does not name it. */
  private OptionalInt owner = OptionalInt.empty();

  /**
   * @param suffix a number at the end of the file's name
   * @param traces returns the trace of the file: one that consists of many files, if each contains
   *     only the thread of the given number, otherwise a trace of its own
   */
  public StraceLog(OptionalInt suffix, Function<OptionalInt, TraceEvents> traces) {
    this.suffix = suffix;
    this.traces = traces;
  }

  /** The trace; empty if the file has no line of strace. */
  public Optional<TraceEvents> trace() {
    return Optional.ofNullable(events);
  }

  /** Processes a line; returns false if it is not strace's. */
  public boolean accept(LogLines.Line line, Place place) {
    String text = begun + line.text();
    boolean joined = !begun.isEmpty();
    begun = "";
    if (line.cut()) {
      return accept(StraceLine.parseCut(text), place);
    }
    if (text.endsWith(" attached")) {
      Matcher interrupted = INTERRUPTED.matcher(text);
      if (interrupted.find() && interrupted.start() > 0) {
        begun = text.substring(0, interrupted.start());
        boolean numbered =
            StraceLine.parseCut(begun).map(start -> start.pid().isPresent()).orElse(true);
        owner = events == null || numbered ? OptionalInt.empty() : events.unnumbered();
        OptionalInt child = OptionalInt.of(Integer.parseInt(interrupted.group(1)));
        return accept(
            Optional.of(new StraceLine(child, new StraceLine.Attached(child.getAsInt()))), place);
      }
    }
    Optional<StraceLine> whole = StraceLine.parse(text);
    if (joined && whole.isPresent() && whole.get().pid().isEmpty()) {
      whole = Optional.of(new StraceLine(owner, whole.get().body()));
    }
    return accept(whole, place) || (joined && accept(StraceLine.parse(line.text()), place));
  }

  private boolean accept(Optional<StraceLine> line, Place place) {
    if (line.isEmpty()) {
      return false;
    }
    if (events == null) {
      pid = line.get().pid().isPresent() ? OptionalInt.empty() : suffix;
      events = traces.apply(pid);
    }
    OptionalInt own = line.get().pid();
    events.accept(new StraceLine(own.isPresent() ? own : pid, line.get().body()), place);
    return true;
  }
}
