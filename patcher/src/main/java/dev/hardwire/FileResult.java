package dev.hardwire;

import dev.hardwire.output.FinishedOutput;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What was done for one file.
 *
 * @param <T> what is said about a file for which the work was done
 */
public final class FileResult<T> {
  /** The kinds of results. */
  public enum Status {
    /** The work was done. */
    DONE,
    /** The file has already what the work would make, and was left alone. */
    ALREADY,
    /** The file is of another kind, and was left alone. */
    SKIPPED
  }

  private final Status status;
  private final Optional<Path> file;
  private final Optional<String> reason;
  private final Optional<T> result;
  private final List<FinishedOutput> finished;

  private FileResult(
      Status status,
      Optional<Path> file,
      Optional<String> reason,
      Optional<T> result,
      List<FinishedOutput> finished) {
    this.status = status;
    this.file = file;
    this.reason = reason;
    this.result = result;
    this.finished = finished;
  }

  static <T> FileResult<T> done(Path file, T result, List<FinishedOutput> finished) {
    return new FileResult<>(
        Status.DONE, Optional.of(file), Optional.empty(), Optional.of(result), finished);
  }

  /** Where it was only found out that the work would be done. */
  static <T> FileResult<T> pending(Path file) {
    return new FileResult<>(
        Status.DONE, Optional.of(file), Optional.empty(), Optional.empty(), List.of());
  }

  static <T> FileResult<T> already(Path file) {
    return new FileResult<>(
        Status.ALREADY, Optional.of(file), Optional.empty(), Optional.empty(), List.of());
  }

  static <T> FileResult<T> skipped(String reason) {
    return new FileResult<>(
        Status.SKIPPED, Optional.empty(), Optional.of(reason), Optional.empty(), List.of());
  }

  /**
   * Says what was done.
   *
   * @return the kind of result
   */
  public Status status() {
    return status;
  }

  /**
   * The file that was written, or has already the required content, or was looked at.
   *
   * @return its path; empty if the file was skipped
   */
  public Optional<Path> file() {
    return file;
  }

  /**
   * Why the file was skipped.
   *
   * @return a stable identifier, such as {@code not-elf}; empty if it was not skipped
   */
  public Optional<String> reason() {
    return reason;
  }

  /**
   * What is said about the file.
   *
   * @return empty if the work was not done
   */
  public Optional<T> result() {
    return result;
  }

  /**
   * Whether the result is in its place, or could not be put there. Only with {@link
   * Destination#grouped} may that take until {@link Destination#flush}.
   *
   * @return whether {@link #failure} is known
   */
  public boolean isSettled() {
    return finished.stream().allMatch(FinishedOutput::isSettled);
  }

  /**
   * Why the result could not be put in its place. Then nothing is left of it.
   *
   * @return empty if it is there, or not settled
   */
  public Optional<Exception> failure() {
    return finished.stream().flatMap(one -> one.failure().stream()).findFirst();
  }
}
