package dev.hardwire;

import dev.hardwire.output.OutputConflict;
import dev.hardwire.sign.algorithm.SignatureFault;
import dev.hardwire.work.Refused;
import dev.hardwire.work.VerificationFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;

/** A file, a key or an output is refused. Nothing was written. */
public final class HardwireException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The {@link #reason} if a signature cannot be made, or a key cannot be used. */
  public static final String SIGNATURE = "signature";

  /** The {@link #reason} if a file to be signed does not verify. */
  public static final String NOT_VERIFIED = "not-verified";

  /** The {@link #reason} if the output would overwrite the input. */
  public static final String OUTPUT = "output";

  /** A stable identifier. */
  private final String reason;

  /** File offset in bytes; -1 if there is none. */
  private final long offset;

  /** Name of a field in the gABI; null if there is none. */
  private final String field;

  /** What is wrong. */
  private final String detail;

  /** What to do; null if there is none. */
  private final String advice;

  private HardwireException(
      String reason,
      OptionalLong offset,
      String field,
      String detail,
      String advice,
      String message,
      Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.offset = offset.orElse(-1);
    this.field = field;
    this.detail = detail;
    this.advice = advice;
  }

  private HardwireException(Refused refused, RuntimeException cause) {
    this(
        refused.id(),
        OptionalLong.of(refused.offset()),
        refused.field(),
        refused.reason(),
        refused.advice(),
        refused.id() + ": " + refused.message(),
        cause);
  }

  private HardwireException(String reason, Exception cause) {
    this(reason, OptionalLong.empty(), null, cause.getMessage(), null, cause.getMessage(), cause);
  }

  /** Work that may fail in the implementation's ways. */
  interface Work<T> {
    T run() throws IOException, VerificationFailure;
  }

  /** Runs {@code work}, and translates its exceptions to those of the API. */
  static <T> T translated(Work<T> work) throws IOException {
    try {
      return work.run();
    } catch (VerificationFailure e) {
      throw new HardwireException(NOT_VERIFIED, e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw e.getCause() instanceof RuntimeException cause ? translated(cause) : e;
    } catch (RuntimeException e) {
      throw translated(e);
    }
  }

  private static RuntimeException translated(RuntimeException failure) {
    if (failure instanceof SignatureFault) {
      return new HardwireException(SIGNATURE, failure);
    }
    if (failure instanceof OutputConflict) {
      return new HardwireException(OUTPUT, failure);
    }
    return Refused.of(failure)
        .<RuntimeException>map(refused -> new HardwireException(refused, failure))
        .orElse(failure);
  }

  /**
   * A stable identifier, such as {@code not-elf} or {@code already-patched}. {@code
   * docs/support.md} describes the refusals of files.
   *
   * @return the identifier
   */
  public String reason() {
    return reason;
  }

  /**
   * The file offset in bytes of the field that is wrong; empty if no place in the file is.
   *
   * @return the offset
   */
  public OptionalLong offset() {
    return offset < 0 ? OptionalLong.empty() : OptionalLong.of(offset);
  }

  /**
   * The name of that field in the gABI, such as {@code e_phoff}.
   *
   * @return the name; empty if no field is wrong
   */
  public Optional<String> field() {
    return Optional.ofNullable(field);
  }

  /**
   * What is wrong, for people: a clause without the field and without advice.
   *
   * @return the clause
   */
  public String detail() {
    return detail;
  }

  /**
   * What the user can do about it: a clause.
   *
   * @return the clause; empty if there is none
   */
  public Optional<String> advice() {
    return Optional.ofNullable(advice);
  }
}
