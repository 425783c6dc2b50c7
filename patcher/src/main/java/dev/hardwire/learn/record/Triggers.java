package dev.hardwire.learn.record;

import java.util.ArrayList;
import java.util.List;

/** Functions of the C library with which a program waits for work, by the call that each makes. */
public final class Triggers {
  private record Trigger(String call, List<String> functions) {}

  private static final List<Trigger> ALL =
      List.of(
          new Trigger("epoll_wait", List.of("epoll_wait")),
          new Trigger("epoll_pwait", List.of("epoll_pwait")),
          new Trigger("accept4", List.of("accept4")),
          new Trigger("accept", List.of("accept")),
          new Trigger("poll", List.of("poll")),
          new Trigger("ppoll", List.of("ppoll")),
          new Trigger("select", List.of("select")),
          new Trigger("pselect6", List.of("select", "pselect")),
          new Trigger("recvfrom", List.of("recvfrom", "recv")),
          new Trigger("recvmsg", List.of("recvmsg")),
          new Trigger("rt_sigtimedwait", List.of("sigwait", "sigwaitinfo", "sigtimedwait")),
          new Trigger("rt_sigsuspend", List.of("sigsuspend")),
          new Trigger("pause", List.of("pause")));

  /** The bits of all moments. */
  static final int EVERY = (1 << ALL.size()) - 1;

  private Triggers() {}

  /** The bit of a call in a set of moments; 0 if no function begins a phase with it. */
  public static int bit(String call) {
    for (int i = 0; i < ALL.size(); i++) {
      if (ALL.get(i).call.equals(call)) {
        return 1 << i;
      }
    }
    return 0;
  }

  /** The calls, the likeliest to begin a phase first. */
  public static List<String> calls() {
    List<String> calls = new ArrayList<>();
    ALL.forEach(trigger -> calls.add(trigger.call));
    return calls;
  }

  public static List<String> functions(String call) {
    return ALL.stream().filter(t -> t.call.equals(call)).findFirst().orElseThrow().functions;
  }
}
