package dev.hardwire.live.truth;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What became of many mutants. */
final class Tally {
  private static final int MOST_LINES = 40;

  private final Map<Trial.Result, Integer> results = new EnumMap<>(Trial.Result.class);
  private final Map<String, Integer> details = new TreeMap<>();
  private final List<String> findings = new ArrayList<>();
  private final List<String> lost = new ArrayList<>();
  private int mutants;
  private int lostCount;

  synchronized void add(Trial trial, Trial.Result result) {
    mutants++;
    results.merge(result, 1, Integer::sum);
    if (result == Trial.Result.VIOLATION || result == Trial.Result.ERROR) {
      findings.add("%s: %s: %s".formatted(result, trial, trial.detail()));
    } else if (result == Trial.Result.NOT_VERIFIED && !trial.isChangedAfterwards()) {
      details.merge("hard-wired and not verified, by " + trial.detail(), 1, Integer::sum);
    }
    if (trial.isLost()) {
      lostCount++;
      if (lost.size() < MOST_LINES) {
        lost.add("does not start: %s: %s".formatted(trial, trial.detail()));
      }
    }
  }

  int count(Trial.Result result) {
    return results.getOrDefault(result, 0);
  }

  List<String> findings() {
    return findings;
  }

  /** The counts in one line. */
  String counts() {
    return ("%d mutants: %d unchanged, %d refused, %d not verified, %d verified (%d confined, %d"
            + " did not start, %d too large to run, %d not confined), %d errors; %d started"
            + " only before they were hard-wired")
        .formatted(
            mutants,
            count(Trial.Result.UNCHANGED),
            count(Trial.Result.REFUSED),
            count(Trial.Result.NOT_VERIFIED),
            count(Trial.Result.CONFINED)
                + count(Trial.Result.NOT_STARTED)
                + count(Trial.Result.TOO_LARGE)
                + count(Trial.Result.VIOLATION),
            count(Trial.Result.CONFINED),
            count(Trial.Result.NOT_STARTED),
            count(Trial.Result.TOO_LARGE),
            count(Trial.Result.VIOLATION),
            count(Trial.Result.ERROR),
            lostCount);
  }

  /** The counts, findings and what else is remarkable, in lines. */
  @Override
  public String toString() {
    List<String> lines = new ArrayList<>(List.of(counts()));
    lines.addAll(findings.subList(0, Math.min(MOST_LINES, findings.size())));
    lines.addAll(lost);
    details.forEach((what, count) -> lines.add(count + " " + what));
    return String.join("\n", lines);
  }
}
