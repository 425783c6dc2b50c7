package dev.hardwire.learn;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One file of strace's output. */
final class StraceLog {
  /** What strace says of a new thread in the midst of a line, where both go to standard error. */
  private static final Pattern INTERRUPTED =
      Pattern.compile("strace: Process (\\d{1,9}) attached$");

  /** The trace; null until a line shows which one it is. */
  private TraceEvents events;

  private final Function<OptionalInt, TraceEvents> traces;

  /** From the file's name, for lines without a number. */
  private final OptionalInt suffix;

  private OptionalInt pid = OptionalInt.empty();

  /** The beginning of a line that was interrupted; empty if none was. */
  private String begun = "";

  /** Whose line was interrupted, if it does not say so itself. */
  private OptionalInt owner = OptionalInt.empty();

  /**
   * @param suffix a number at the end of the file's name
   * @param traces the trace that the file belongs to: one of many files, if each holds only the
   *     thread of the given number, or else one of its own
   */
  StraceLog(OptionalInt suffix, Function<OptionalInt, TraceEvents> traces) {
    this.suffix = suffix;
    this.traces = traces;
  }

  /** The trace; empty if the file has no line of one. */
  Optional<TraceEvents> trace() {
    return Optional.ofNullable(events);
  }

  /** Takes a line; false if it is none of strace's. */
  boolean accept(LogLines.Line line, Place place) {
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
