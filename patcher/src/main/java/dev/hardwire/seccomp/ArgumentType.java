package dev.hardwire.seccomp;

/**
 * How the kernel takes an argument out of its register.
 *
 * @param bits of the register that the kernel looks at, from the lowest: 16, 32 or 64
 * @param signed whether the top one of them is a sign
 * @param pointer whether it is an address, which a filter cannot follow
 */
public record ArgumentType(int bits, boolean signed, boolean pointer) {
  /** A whole register of 64 bits: an argument of which nothing is known. */
  public static final ArgumentType REGISTER = new ArgumentType(64, false, false);

  /** Reads {@code u32}, {@code i64}, {@code ptr} and the like. */
  static ArgumentType parse(String text) {
    if (text.equals("ptr")) {
      return new ArgumentType(64, false, true);
    }
    return new ArgumentType(Integer.parseInt(text.substring(1)), text.charAt(0) == 'i', false);
  }

  /** The type on a machine whose registers have {@code wordBits} bits. */
  ArgumentType within(int wordBits) {
    return new ArgumentType(Math.min(bits, wordBits), signed, pointer);
  }
}
