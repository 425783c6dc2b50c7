package dev.hardwire.seccomp;

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
public record Filter(List<Instruction> instructions) {
  /** Bytes of a {@code struct sock_filter}. */
  public static final int INSTRUCTION_SIZE = 8;

  public Filter {
    instructions = List.copyOf(instructions);
    FilterCheck.check(instructions);
  }

  /** Number of instructions. */
  public int size() {
    return instructions.size();
  }

  /** An array of {@code struct sock_filter}. */
  public Bytes encode(ByteOrder order) {
    ByteWriter out = new ByteWriter(order);
    for (Instruction i : instructions) {
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
    List<Instruction> instructions = new ArrayList<>();
    for (long at = 0; at < bytes.size(); at += INSTRUCTION_SIZE) {
      instructions.add(
          new Instruction(bytes.u16(at), bytes.u8(at + 2), bytes.u8(at + 3), bytes.u32(at + 4)));
    }
    return new Filter(instructions);
  }
}
