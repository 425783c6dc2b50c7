package dev.hardwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;

/**
 * What a command or a program did.
 *
 * @param status its exit status; 128 + N if signal N ended it
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error; empty where both were redirected to the same file
 */
public record Outcome(int status, String out, String err) {
  /** Requires exit status 0. */
  public Outcome succeeds() {
    return endsWith(0);
  }

  /** Requires an exit status. */
  public Outcome endsWith(int expected) {
    assertThat(status).as(toString()).isEqualTo(expected);
    return this;
  }

  /** Requires that nothing was written to standard error. */
  public Outcome isQuiet() {
    assertThat(err).as(toString()).isEmpty();
    return this;
  }

  /** Requires an exit status, and an error message that contains a text. */
  public Outcome fails(int expected, String message) {
    assertThat(err).as(toString()).contains(message);
    return endsWith(expected);
  }

  /** The lines in which {@code verify} reports a failed check. */
  public String failedChecks() {
    return out.lines().filter(line -> line.startsWith("  FAIL")).collect(Collectors.joining("\n"));
  }
}
