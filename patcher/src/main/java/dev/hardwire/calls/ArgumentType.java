package dev.hardwire.calls;

/**
 * How the kernel reads an argument from its register.
 *
 * @param bits number of the low bits that the kernel uses: 16, 32 or 64
 * @param signed whether the top one of them is a sign
 * @param pointer whether it is an address, which a filter cannot follow
 */
public record ArgumentType(int bits, boolean signed, boolean pointer) {
  /** A whole register of 64 bits, for arguments without type information. */
  public static final ArgumentType REGISTER = new ArgumentType(64, false, false);

  /** Reads {@code u32}, {@code i64}, {@code ptr} and the like. */
  static ArgumentType parse(String text) {
    if (text.equals("ptr")) {
      return new ArgumentType(64, false, true);
    }
    return new ArgumentType(Integer.parseInt(text.substring(1)), text.charAt(0) == 'i', false);
  }

  /** The type on a machine whose registers have {@code wordBits} bits. */
  public ArgumentType within(int wordBits) {
    return new ArgumentType(Math.min(bits, wordBits), signed, pointer);
  }
}
