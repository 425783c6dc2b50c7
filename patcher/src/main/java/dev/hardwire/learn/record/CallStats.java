package dev.hardwire.learn.record;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ArgumentTable;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.learn.arguments.ArgumentSlot;
import dev.hardwire.learn.arguments.SlotValues;
import dev.hardwire.learn.log.Place;
import dev.hardwire.policy.Condition;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Statistics of one system call. */
public final class CallStats {
  /** To bound memory. */
  private static final int MOST_LOGS = 1000;

  private long count;
  private long missing;

  /** The moments after which it was made, as bits of {@link Triggers}. */
  private int moments;

  private Place first;
  private String last;
  private final Set<String> logs = new LinkedHashSet<>();
  private final List<SlotValues> slots = new ArrayList<>();

  /**
   * @param proposals whether to look for conditions of the arguments
   */
  CallStats(String call, Target architecture, boolean proposals) {
    for (ArgumentSlot slot : proposals ? ArgumentSlot.of(call) : List.<ArgumentSlot>of()) {
      SlotValues values = new SlotValues(slot, architecture);
      if (mayBeInMemory(call, architecture)) {
        values.open("it may be in memory, where a filter cannot see it");
      }
      slots.add(values);
    }
  }

  /** A trace does not show whether a call was made directly or through a multiplexer. */
  private static boolean mayBeInMemory(String call, Target architecture) {
    boolean passedOn = Multiplexer.of(architecture, call).isPresent();
    return passedOn || ArgumentTable.of(architecture).isInMemory(call);
  }

  /**
   * Counts a call.
   *
   * @param arguments empty if they are not known
   * @param allowed whether the base policy allows it
   */
  void see(Place place, Optional<List<String>> arguments, boolean allowed) {
    count++;
    if (first == null) {
      first = place;
    }
    if (!place.file().equals(last)) {
      last = place.file();
      seenIn(last);
    }
    if (!allowed) {
      missing++;
      slots.forEach(
          slot -> arguments.ifPresentOrElse(slot::see, () -> slot.open("it was not logged")));
    }
  }

  /** Adds the counts of another object, but keeps its own first place. */
  void addAll(CallStats other) {
    count += other.count;
    missing += other.missing;
    moments |= other.moments;
    if (first == null) {
      first = other.first;
    }
    other.logs.forEach(this::seenIn);
    for (int i = 0; i < slots.size(); i++) {
      slots.get(i).addAll(other.slots.get(i));
    }
  }

  private void seenIn(String log) {
    if (logs.size() < MOST_LOGS) {
      logs.add(log);
    }
  }

  /** The logs that have the call, as far as they are remembered. */
  public Set<String> logs() {
    return logs;
  }

  /** The call was made after these moments. */
  void begin(int more) {
    moments |= more;
  }

  public boolean isAfter(int moment) {
    return (moments & moment) != 0;
  }

  public long count() {
    return count;
  }

  /** Whether some of the calls are not allowed by the base policy. */
  public boolean isMissing() {
    return missing > 0;
  }

  public Place first() {
    return first;
  }

  /** A condition that all the calls meet; empty if a policy cannot express one. */
  public Optional<Condition> condition() {
    return Condition.all(
        slots.stream().map(SlotValues::condition).flatMap(Optional::stream).toList());
  }

  /** The reason why arguments have no condition; empty if there is none. */
  public String remark() {
    return String.join(
        "; ", slots.stream().map(SlotValues::openBecause).filter(s -> !s.isEmpty()).toList());
  }
}
