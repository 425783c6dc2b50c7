package dev.hardwire.cli.report;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The result for one file.
 *
 * @param output the file that was written, or that already has the required content
 * @param reason a stable identifier of the reason why it was skipped or refused
 * @param written the result of the library, which may still wait for its place
 */
public record FileResult(
    Status status,
    Optional<Path> output,
    Optional<String> reason,
    Optional<dev.hardwire.FileResult<?>> written) {
  public enum Status {
    DONE,
    ALREADY,
    SKIPPED,
    REFUSED,
    FAILED
  }

  private FileResult(Status status, Optional<Path> output, Optional<String> reason) {
    this(status, output, reason, Optional.empty());
  }

  /** The result of work by the library. */
  public static FileResult of(dev.hardwire.FileResult<?> result) {
    Status status =
        switch (result.status()) {
          case DONE -> Status.DONE;
          case ALREADY -> Status.ALREADY;
          case SKIPPED -> Status.SKIPPED;
        };
    return new FileResult(status, result.file(), result.reason(), Optional.of(result));
  }

  public static FileResult done(Path output) {
    return new FileResult(Status.DONE, Optional.of(output), Optional.empty());
  }

  public static FileResult skipped(String reason) {
    return new FileResult(Status.SKIPPED, Optional.empty(), Optional.of(reason));
  }

  public static FileResult failed(ExitCode code, String reason) {
    boolean refused = code == ExitCode.NOT_PATCHABLE || code == ExitCode.VERIFICATION_FAILED;
    return new FileResult(
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
