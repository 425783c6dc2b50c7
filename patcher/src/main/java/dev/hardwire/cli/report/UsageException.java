package dev.hardwire.cli.report;

import dev.hardwire.output.OutputConflict;

/** Options that can be parsed but contradict each other. */
public final class UsageException extends RuntimeException {
  public UsageException(String message) {
    super(message);
  }

  /** The error that a conflict of outputs is, with the option that would avoid it. */
  public static UsageException of(OutputConflict conflict) {
    return new UsageException(
        conflict.kind() == OutputConflict.Kind.REPLACES_INPUT
            ? conflict.getMessage() + "; use --in-place to replace it"
            : conflict.getMessage());
  }
}
