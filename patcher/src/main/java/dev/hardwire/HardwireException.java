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

  private final String reason;
  private final long offset;
  private final String field;
  private final String detail;
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
   */
  public String reason() {
    return reason;
  }

  /** The file offset in bytes of the field that is wrong; empty if no place in the file is. */
  public OptionalLong offset() {
    return offset < 0 ? OptionalLong.empty() : OptionalLong.of(offset);
  }

  /** The name of that field in the gABI, such as {@code e_phoff}. */
  public Optional<String> field() {
    return Optional.ofNullable(field);
  }

  /** What is wrong, for people: a clause without the field and without advice. */
  public String detail() {
    return detail;
  }

  /** What the user can do about it: a clause. */
  public Optional<String> advice() {
    return Optional.ofNullable(advice);
  }
}
