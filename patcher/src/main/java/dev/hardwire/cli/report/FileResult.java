package dev.hardwire.cli.report;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The result for one file.
 *
 * @param output the file that was written, or that already has the required content
 * @param reason a stable identifier of the reason why it was skipped or refused
 */
public record FileResult(Status status, Optional<Path> output, Optional<String> reason) {
  public enum Status {
    DONE,
    ALREADY,
    SKIPPED,
    REFUSED,
    FAILED
  }

  public static FileResult done(Path output) {
    return new FileResult(Status.DONE, Optional.of(output), Optional.empty());
  }

  public static FileResult already(Path output) {
    return new FileResult(Status.ALREADY, Optional.of(output), Optional.empty());
  }

  public static FileResult skipped(String reason) {
    return new FileResult(Status.SKIPPED, Optional.empty(), Optional.of(reason));
  }

  public static FileResult failed(ExitCode code, String reason) {
    boolean refused = code == ExitCode.NOT_PATCHABLE || code == ExitCode.VERIFICATION_FAILED;
    return new FileResult(
        refused ? Status.REFUSED : Status.FAILED, Optional.empty(), Optional.of(reason));
  }
}
