package dev.hardwire;

import java.util.Optional;
import java.util.OptionalLong;

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

  HardwireException(
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
