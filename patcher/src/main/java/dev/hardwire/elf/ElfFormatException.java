package dev.hardwire.elf;

import java.util.Optional;

/** A file is not one that Hardwire can patch: carries where, which field, and why. */
public final class ElfFormatException extends RuntimeException {
  private final Refusal refusal;
  private final long offset;
  private final String field;
  private final String reason;

  /** Null if there is none of its own. */
  private final String advice;

  /**
   * @param offset file offset of the field in bytes
   * @param field the field's name in the gABI, such as {@code e_phoff}
   * @param reason what is wrong with it, with its value
   */
  public ElfFormatException(Refusal refusal, long offset, String field, String reason) {
    this(refusal, offset, field, reason, Optional.empty());
  }

  /**
   * The same where more is known about the file.
   *
   * @param advice what to do, instead of what holds for all files that are refused for this reason
   */
  public ElfFormatException(
      Refusal refusal, long offset, String field, String reason, Optional<String> advice) {
    super("%s at offset 0x%x: %s".formatted(field, offset, reason));
    this.refusal = refusal;
    this.offset = offset;
    this.field = field;
    this.reason = reason;
    this.advice = advice.orElse(null);
  }

  /** Adds the cause to the error. */
  public ElfFormatException causedBy(Throwable cause) {
    initCause(cause);
    return this;
  }

  /** The refusal of a file without a patch. */
  public static ElfFormatException notPatched() {
    return new ElfFormatException(Refusal.NOT_PATCHED, 0, "PT_NOTE", "the file is not hard-wired");
  }

  public Refusal refusal() {
    return refusal;
  }

  public long offset() {
    return offset;
  }

  public String field() {
    return field;
  }

  public String reason() {
    return reason;
  }

  /** What to do; empty if it depends on the refusal alone. */
  public Optional<String> advice() {
    return Optional.ofNullable(advice);
  }
}
