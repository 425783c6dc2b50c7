package dev.hardwire.verify;

import java.util.List;

/**
 * What a verification found: in order, ending early where nothing after a failure can be checked.
 */
public record Report(List<Check> checks) {
  public Report {
    checks = List.copyOf(checks);
  }

  /** Whether every check passed; a report without checks did not. */
  public boolean passed() {
    return !checks.isEmpty() && checks.stream().allMatch(Check::passed);
  }
}
