package dev.hardwire.cli.report;

import dev.hardwire.FileResult;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The result for one file.
 *
 * @param output the file that was written, or that already has the required content
 * @param reason a stable identifier of the reason why it was skipped or refused
 * @param written the result of the library, which may still wait for its place
 */
public record BatchResult(
    Status status,
    Optional<Path> output,
    Optional<String> reason,
    Optional<FileResult<?>> written) {
  public enum Status {
    DONE,
    ALREADY,
    SKIPPED,
    REFUSED,
    FAILED
  }

  private BatchResult(Status status, Optional<Path> output, Optional<String> reason) {
    this(status, output, reason, Optional.empty());
  }

  /** The result of work by the library. */
  public static BatchResult of(FileResult<?> result) {
    Status status =
        switch (result.status()) {
          case DONE -> Status.DONE;
          case ALREADY -> Status.ALREADY;
          case SKIPPED -> Status.SKIPPED;
        };
    return new BatchResult(status, result.file(), result.reason(), Optional.of(result));
  }

  public static BatchResult done(Path output) {
    return new BatchResult(Status.DONE, Optional.of(output), Optional.empty());
  }

  public static BatchResult skipped(String reason) {
    return new BatchResult(Status.SKIPPED, Optional.empty(), Optional.of(reason));
  }

  public static BatchResult failed(ExitCode code, String reason) {
    boolean refused = code == ExitCode.NOT_PATCHABLE || code == ExitCode.VERIFICATION_FAILED;
    return new BatchResult(
        refused ? Status.REFUSED : Status.FAILED, Optional.empty(), Optional.of(reason));
  }

  /** Whether it is known whether the output is in its place. */
  public boolean isSettled() {
    return written.isEmpty() || written.get().isSettled();
  }

  /** Why the output could not be put in its place. */
  public Optional<Exception> failure() {
    return written.flatMap(one -> one.failure());
  }
}
