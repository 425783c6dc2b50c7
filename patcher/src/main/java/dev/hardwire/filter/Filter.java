package dev.hardwire.filter;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A seccomp filter.
 *
 * <p>Invariant: the kernel would accept it. The constructor makes the checks of {@code
 * bpf_check_classic} (net/core/filter.c) and {@code seccomp_check_filter} (kernel/seccomp.c).
 */
public record Filter(List<BpfInstruction> instructions) {
  /** Bytes of a {@code struct sock_filter}. */
  public static final int INSTRUCTION_SIZE = 8;

  public Filter {
    instructions = List.copyOf(instructions);
    FilterCheck.check(instructions);
  }

  public int size() {
    return instructions.size();
  }

  /**
   * Number of instructions in the kernel's own form, to which {@code bpf_convert_filter} (
   * net/core/filter.c, kernel 4.14 and later) translates the filter. Compilers of the kernel that
   * hide constants (bpf_jit_harden) make it longer.
   */
  public int kernelLength() {
    int length = 3; // clear both registers, keep the pointer to the data
    for (BpfInstruction i : instructions) {
      length += kernelLength(i);
    }
    return length;
  }

  private static int kernelLength(BpfInstruction i) {
    if (i.kind() == Bpf.RET) {
      return (i.code() & 0x18) == Bpf.K ? 2 : 1;
    }
    if (i.kind() == Bpf.ALU) {
      int operation = i.code() & 0xf0;
      boolean byRegister = (i.code() & Bpf.X) != 0;
      return byRegister && operation == Bpf.DIV ? 5 : 1; // tests the divisor
    }
    if (i.kind() != Bpf.JMP || i.code() == (Bpf.JMP | Bpf.JA)) {
      return 1;
    }
    // immediate values are signed there, so that others are loaded first
    int load = (i.code() & Bpf.X) == 0 && (int) i.k() < 0 ? 1 : 0;
    boolean inverted = i.jt() == 0 && (i.code() & 0xf0) != Bpf.JSET;
    return load + (i.jf() == 0 || inverted ? 1 : 2);
  }

  /** An array of {@code struct sock_filter}. */
  public Bytes encode(ByteOrder order) {
    ByteWriter out = new ByteWriter(order);
    for (BpfInstruction i : instructions) {
      out.u16(i.code()).u8(i.jt()).u8(i.jf()).u32(i.k());
    }
    return out.toBytes();
  }

  /**
   * Reads an array of {@code struct sock_filter} in the byte order of {@code bytes}.
   *
   * @throws FilterException if the kernel would refuse it
   */
  public static Filter decode(Bytes bytes) {
    if (bytes.size() % INSTRUCTION_SIZE != 0) {
      throw new FilterException(
          -1, bytes.size() + " bytes are not whole instructions of " + INSTRUCTION_SIZE);
    }
    if (bytes.size() > (long) INSTRUCTION_SIZE * Bpf.MAXIMUM_LENGTH) {
      throw new FilterException(-1, "more than " + Bpf.MAXIMUM_LENGTH + " instructions");
    }
    List<BpfInstruction> instructions = new ArrayList<>();
    for (long at = 0; at < bytes.size(); at += INSTRUCTION_SIZE) {
      instructions.add(
          new BpfInstruction(bytes.u16(at), bytes.u8(at + 2), bytes.u8(at + 3), bytes.u32(at + 4)));
    }
    return new Filter(instructions);
  }
}
