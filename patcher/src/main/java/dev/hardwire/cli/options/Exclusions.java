package dev.hardwire.cli.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Which options cannot be used together, of all commands. A row begins with the name of a command,
 * or is about every command that has the options if that is empty. An option is named by its
 * longest name; with {@code =VALUE}, only this value of it is meant.
 */
public final class Exclusions {
  private static final String ALL = "";

  /** Of each row, at most one option. */
  private static final String[][] ONE_OF = {
    {ALL, "--keep-going", "--fail-fast"},
    {ALL, "--output", "--output-dir", "--in-place"},
    {ALL, "--password-file", "--password-env"},
    {ALL, "--preset", "--policy", "--allow", "--deny"},
    {ALL, "--replace", "--stack"},
    {"learn", "--no-derive", "--program", "--within"},
    {"library", "--require-policy", "--allow-unconfined"},
    {"report", "--json", "--sarif", "--csv", "--sqlite", "--cyclonedx"},
    {"sign", "--detached", "--extract"},
    {"verify", "--preset", "--require-policy"},
    {"why", "--core", "--log"},
  };

  /** Of each row, the first option or any of the others. */
  private static final String[][] FIRST_OR_OTHERS = {
    {ALL, "--quiet", "--verbose", "--progress=always"},
    {ALL, "--default-action", "--preset", "--policy"},
    {
      ALL,
      "--ignore-signatures",
      "--trust",
      "--signature",
      "--require-signer",
      "--require-signatures",
    },
    {ALL, "--allow-unsigned", "--signature", "--require-signer", "--require-signatures"},
    {ALL, "--json", "--format=svg", "--format=dot"},
    {"derive", "--explain", "--json"},
    {"derive", "--output-dir", "--name", "--explain", "--json"},
    {"derive", "--sqlite", "--name", "--explain", "--json"},
    {"learn", "--exec", "--from=audit", "--exe", "--pid"},
    {"learn", "--propose", "--base", "--from=audit"},
    {"learn", "--runtime-trace", "--from=audit"},
    {
      "learn",
      "--watch",
      "--exec",
      "--from",
      "--arguments",
      "--whole",
      "--propose",
      "--merge",
      "--runtime-trace"
    },
    {"library", "--require-policy", "--preset", "--policy", "--allow", "--deny"},
    {"library", "--allow-unconfined", "--preset", "--policy", "--allow", "--deny"},
    {"patch", "--dry-run", "--json", "--quiet"},
    {"sign", "--detached", "--output", "--output-dir", "--in-place", "--recursive"},
    {"sign", "--extract", "--output", "--output-dir", "--in-place", "--recursive"},
  };

  private Exclusions() {}

  /** Every two options that cannot be used together, behind the name of the command. */
  static List<List<String>> pairs() {
    List<List<String>> pairs = new ArrayList<>();
    for (String[] row : ONE_OF) {
      for (int i = 1; i < row.length; i++) {
        for (int j = i + 1; j < row.length; j++) {
          pairs.add(List.of(row[0], row[i], row[j]));
        }
      }
    }
    for (String[] row : FIRST_OR_OTHERS) {
      for (int j = 2; j < row.length; j++) {
        pairs.add(List.of(row[0], row[1], row[j]));
      }
    }
    return pairs;
  }

  /** Whether options, by their longest names, may be used together whatever their values are. */
  public static boolean allow(String command, List<String> names) {
    return names.size() < 2 || find(command, entry -> names.contains(name(entry))).isEmpty();
  }

  static String name(String entry) {
    int equals = entry.indexOf('=');
    return equals < 0 ? entry : entry.substring(0, equals);
  }

  /** The first two options that cannot be used together. */
  static Optional<List<String>> find(String command, Predicate<String> isGiven) {
    for (List<String> pair : pairs()) {
      boolean isMeant = pair.get(0).equals(ALL) || pair.get(0).equals(command);
      if (isMeant && isGiven.test(pair.get(1)) && isGiven.test(pair.get(2))) {
        return Optional.of(pair.subList(1, 3));
      }
    }
    return Optional.empty();
  }
}
