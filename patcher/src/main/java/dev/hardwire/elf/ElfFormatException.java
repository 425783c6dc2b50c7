package dev.hardwire.elf;

/** A file is not one that Hardwire can patch: carries where, which field, and why. */
public final class ElfFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Refusal refusal;
  private final long offset;
  private final String field;
  private final String reason;

  /**
   * @param offset file offset of the field in bytes
   * @param field the field's name in the gABI, such as {@code e_phoff}
   * @param reason what is wrong with it, with its value
   */
  public ElfFormatException(Refusal refusal, long offset, String field, String reason) {
    super("%s at offset 0x%x: %s".formatted(field, offset, reason));
    this.refusal = refusal;
    this.offset = offset;
    this.field = field;
    this.reason = reason;
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
}
