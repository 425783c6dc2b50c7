package dev.hardwire;

import dev.hardwire.output.FinishedOutput;
import dev.hardwire.output.OutputGroup;
import dev.hardwire.work.Outcome;
import dev.hardwire.work.ProgramWork;
import dev.hardwire.work.WorkMessages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

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

  private final Outcome<?> outcome;
  private final Optional<T> result;

  private FileResult(Outcome<?> outcome, Optional<T> result) {
    this.outcome = outcome;
    this.result = result;
  }

  /**
   * Work whose results are told in the words of the API.
   *
   * @param group puts results in their places later
   * @param told makes a result of what is known about a file, and the warnings
   */
  static <W, T> FileWork<T> work(
      ProgramWork<W> work, Optional<OutputGroup> group, BiFunction<W, List<String>, T> told) {
    return (file, messages) -> {
      Outcome<W> outcome =
          HardwireException.translated(
              file.file(),
              () ->
                  work.run(file.entry(), new WorkMessages(messages::warn, messages::note, group)));
      return new FileResult<>(
          outcome, outcome.result().map(known -> told.apply(known, outcome.warnings())));
    };
  }

  /** Does work on the only file, which was named. */
  static <T> T only(List<FoundFile> files, FileWork<T> work) throws IOException {
    if (files.size() != 1) {
      throw new IllegalStateException("not one file, but " + files.size());
    }
    return work.run(files.get(0), Messages.NONE).result().orElseThrow();
  }

  /**
   * Says what was done.
   *
   * @return the kind of result
   */
  public Status status() {
    if (outcome.skipped().isPresent()) {
      return Status.SKIPPED;
    }
    return outcome.already() ? Status.ALREADY : Status.DONE;
  }

  /**
   * The file that was written, or has already the required content, or was looked at.
   *
   * @return its path; empty if the file was skipped
   */
  public Optional<Path> file() {
    return outcome.file();
  }

  /**
   * Why the file was skipped.
   *
   * @return a stable identifier, such as {@code not-elf}; empty if it was not skipped
   */
  public Optional<String> reason() {
    return outcome.skipped();
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
    return outcome.finished().stream().allMatch(FinishedOutput::isSettled);
  }

  /**
   * Why the result could not be put in its place. Then nothing is left of it.
   *
   * @return empty if it is there, or not settled
   */
  public Optional<Exception> failure() {
    return outcome.finished().stream().flatMap(one -> one.failure().stream()).findFirst();
  }
}
