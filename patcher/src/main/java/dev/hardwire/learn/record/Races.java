package dev.hardwire.learn.record;

import java.util.HashMap;
import java.util.Map;

/**
 * What the threads of a process may do at the same time. A phase begins for all threads at the
 * first call of one of them, and the order of a trace is only one of those in which they run: a
 * thread may make after that moment what it calls before its own first call of the same kind.
 *
 * <p>Moments are bits of {@link Triggers}. Only names of calls are kept, so memory is bounded.
 */
final class Races {
  /** The calls of a thread, each with the moments that the thread itself had not begun by then. */
  static final class Early {
    private final Map<String, Integer> calls = new HashMap<>();

    /** The moments that the thread has begun. */
    private int begun;

    /** Whether the thread had not begun a moment. */
    boolean begins(int moment) {
      boolean isFirst = (begun & moment) == 0;
      begun |= moment;
      return isFirst;
    }

    void calls(String call) {
      put(calls, call, Triggers.EVERY & ~begun);
    }

    void clear() {
      calls.clear();
      begun = 0;
    }
  }

  /** Calls of threads that never began these moments: any other thread may do so before. */
  private final Map<String, Integer> ifOne = new HashMap<>();

  /** Calls of threads that began these moments later: another thread may do so before. */
  private final Map<String, Integer> ifTwo = new HashMap<>();

  /** The moments that one thread began, and those that another one began, too. */
  private int one;

  private int two;
  private boolean isThreaded;

  /** The process whose thread made this one, and the moments that this thread had not begun. */
  private Races parent;

  private int before;

  private static void put(Map<String, Integer> calls, String call, int moments) {
    if (moments != 0) {
      calls.merge(call, moments, (known, more) -> known | more);
    }
  }

  /** Whether there was more than one thread. */
  boolean isThreaded() {
    return isThreaded;
  }

  void begins(int moments) {
    two |= one & moments;
    one |= moments;
  }

  /** A further thread, and what it did before it was known to be one. */
  void join(Early thread) {
    isThreaded = true;
    begins(thread.begun);
  }

  /** A thread of another process has made this one: all of it may come after that one's phase. */
  void follow(Races other, Early thread) {
    if (other.isThreaded) {
      parent = other;
      before = Triggers.EVERY & ~thread.begun;
    }
  }

  /** A call of this process is one of what followed a thread of another one. */
  void passOn(String call) {
    if (parent != null) {
      put(parent.ifOne, call, before);
    }
  }

  void leave(Early thread) {
    thread.calls.forEach(
        (call, moments) -> {
          put(ifOne, call, moments & ~thread.begun);
          put(ifTwo, call, moments & thread.begun);
        });
  }

  /** The policy is installed: what was before does not matter. */
  void clear() {
    ifOne.clear();
    ifTwo.clear();
    one = 0;
    two = 0;
  }

  /** The calls that may be made after moments. */
  Map<String, Integer> late() {
    Map<String, Integer> late = new HashMap<>();
    if (isThreaded) {
      ifOne.forEach((call, moments) -> put(late, call, moments & one));
      ifTwo.forEach((call, moments) -> put(late, call, moments & two));
    }
    return late;
  }
}
