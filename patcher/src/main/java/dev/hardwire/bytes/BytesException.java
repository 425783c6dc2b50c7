package dev.hardwire.bytes;

/** Input bytes are invalid: contains the offset in the input and the reason. */
public final class BytesException extends RuntimeException {
  private final long offset;
  private final String reason;

  /**
   * @param offset in the view, in bytes
   * @param reason what is wrong there, without the offset
   */
  public BytesException(long offset, String reason) {
    super("at offset 0x" + Long.toHexString(offset) + ": " + reason);
    this.offset = offset;
    this.reason = reason;
  }

  public long offset() {
    return offset;
  }

  public String reason() {
    return reason;
  }
}
