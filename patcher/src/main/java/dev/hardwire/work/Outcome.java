package dev.hardwire.work;

import dev.hardwire.output.FinishedOutput;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What was done for one file.
 *
 * @param file that was written, or has already the required content, or was looked at; empty if the
 *     file was skipped
 * @param skipped a stable identifier of the reason why the file was skipped, such as {@code
 *     not-elf}
 * @param already whether the file has already what the work would make
 * @param result what is known about the file; empty if the work was not done
 * @param warnings what could not be done as asked, a clause each
 * @param finished results that may still wait for their places
 */
public record Outcome<T>(
    Optional<Path> file,
    Optional<String> skipped,
    boolean already,
    Optional<T> result,
    List<String> warnings,
    List<FinishedOutput> finished) {
  static <T> Outcome<T> done(Path file, T result, WorkMessages messages) {
    return new Outcome<>(
        Optional.of(file),
        Optional.empty(),
        false,
        Optional.of(result),
        messages.warnings(),
        messages.finished());
  }

  /** It was only found out that the work would be done. */
  static <T> Outcome<T> pending(Path file) {
    return new Outcome<>(
        Optional.of(file), Optional.empty(), false, Optional.empty(), List.of(), List.of());
  }

  /** The file was left alone. */
  static <T> Outcome<T> already(Path file) {
    return new Outcome<>(
        Optional.of(file), Optional.empty(), true, Optional.empty(), List.of(), List.of());
  }

  /** The file is of another kind. */
  static <T> Outcome<T> skipped(String reason) {
    return new Outcome<>(
        Optional.empty(), Optional.of(reason), false, Optional.empty(), List.of(), List.of());
  }
}
