package dev.hardwire.learn;

import dev.hardwire.learn.record.Recorder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares runs of a program, each of which has a log: how many new calls each brought, and which
 * of them would have died under a policy that was learned from the others.
 */
final class Runs {
  private static final Pattern SEPARATE = Pattern.compile("(.+)\\.\\d{1,7}", Pattern.DOTALL);
  private static final int MOST_NAMED = 5;

  private final Recorder recorder;
  private final Unseen unseen;
  private final boolean kernel;

  /** The calls of each run, in the order of the logs. */
  private final Map<String, Set<String>> calls = new LinkedHashMap<>();

  Runs(Recorder recorder, Unseen unseen, boolean kernel) {
    this.recorder = recorder;
    this.unseen = unseen;
    this.kernel = kernel;
    recorder.logs().forEach(log -> calls.put(run(log), new TreeSet<>()));
    recorder
        .result()
        .calls()
        .forEach(
            (call, stats) ->
                stats
                    .logs()
                    .forEach(
                        log -> calls.computeIfAbsent(run(log), k -> new TreeSet<>()).add(call)));
  }

  /** The run of a log: threads may have logs of their own. */
  private String run(String log) {
    Matcher matcher = SEPARATE.matcher(log);
    return matcher.matches() && recorder.separate().contains(matcher.group(1))
        ? matcher.group(1)
        : log;
  }

  List<String> report() {
    return calls.size() < 2 ? List.of() : List.of(growth(), leaveOneOut());
  }

  /** The number of different calls after each run. */
  private String growth() {
    Set<String> known = new HashSet<>();
    List<String> steps = new ArrayList<>();
    int last = 0;
    for (Map.Entry<String, Set<String>> run : calls.entrySet()) {
      int before = known.size();
      known.addAll(run.getValue());
      steps.add("%s %s%d".formatted(run.getKey(), before == 0 ? "" : "+", known.size() - before));
      last = known.size() > before ? steps.size() : last;
    }
    String end =
        last == calls.size()
            ? "the last of %d runs still brought new ones".formatted(last)
            : "the last %d %% of %d runs brought nothing new"
                .formatted(100 * (calls.size() - last) / calls.size(), calls.size());
    return "new calls of each run: %s; %s".formatted(String.join(", ", steps), end);
  }

  private String leaveOneOut() {
    List<String> dead = new ArrayList<>();
    for (String run : calls.keySet()) {
      Set<String> missing = missingWithout(run);
      if (!missing.isEmpty()) {
        dead.add("%s (%s)".formatted(run, String.join(", ", missing)));
      }
    }
    String named =
        String.join(", ", dead.subList(0, Math.min(MOST_NAMED, dead.size())))
            + (dead.size() > MOST_NAMED ? ", ..." : "");
    return "leaving one run out, %d %% of %d runs would have died%s"
        .formatted(
            100 * dead.size() / calls.size(), calls.size(), dead.isEmpty() ? "" : ": " + named);
  }

  /** The calls of a run that a policy learned from the other runs would not allow. */
  private Set<String> missingWithout(String run) {
    Set<String> others = new LinkedHashSet<>();
    calls.forEach(
        (name, own) -> {
          if (!name.equals(run)) {
            others.addAll(own);
          }
        });
    Needs needs = new Needs(recorder.coverage());
    unseen.addTo(needs, others, kernel);
    Set<String> unlimited = new TreeSet<>(others);
    unlimited.removeIf(call -> recorder.result().calls().get(call).condition().isPresent());
    unseen.addCovered(needs, unlimited);
    Set<String> missing = new TreeSet<>(calls.get(run));
    missing.removeAll(others);
    missing.removeIf(
        call ->
            recorder.coverage().allows(call, Optional.empty())
                || call.equals("exit_group")
                || needs.all().stream()
                    .anyMatch(need -> need.call().equals(call) && need.condition().isEmpty()));
    return missing;
  }
}
