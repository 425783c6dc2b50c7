package dev.hardwire.filter;

/**
 * One {@code struct sock_filter}.
 *
 * <p>Invariant: every field fits its width; {@code k} is the unsigned reading of 32 bits.
 *
 * @param code operation, 16 bits
 * @param jt instructions to skip if a jump's test holds, 8 bits
 * @param jf instructions to skip if it does not, 8 bits
 * @param k the constant
 */
public record BpfInstruction(int code, int jt, int jf, long k) {
  public BpfInstruction {
    if (code < 0 || code > 0xffff) {
      throw new IllegalArgumentException("code " + code + " does not fit 16 bits");
    }
    if (jt < 0 || jt > 0xff || jf < 0 || jf > 0xff) {
      throw new IllegalArgumentException("jump of " + jt + " or " + jf + " does not fit 8 bits");
    }
    if (k < 0 || k > 0xffff_ffffL) {
      throw new IllegalArgumentException("constant " + k + " does not fit 32 bits");
    }
  }

  /** An instruction that does not jump. */
  public static BpfInstruction of(int code, long k) {
    return new BpfInstruction(code, 0, 0, k);
  }

  /** The class: {@link Bpf#LD} to {@link Bpf#MISC}. */
  public int kind() {
    return code & 0x07;
  }
}
