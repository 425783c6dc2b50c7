package dev.hardwire.filter;

import java.util.Arrays;
import java.util.List;

/** The checks that the kernel makes before it accepts a filter. */
final class FilterCheck {
  private static final int NO_MEMORY = 0xffff;

  private FilterCheck() {}

  static void check(List<BpfInstruction> program) {
    if (program.isEmpty() || program.size() > Bpf.MAXIMUM_LENGTH) {
      throw new FilterException(
          -1, program.size() + " instructions; the kernel accepts 1 to " + Bpf.MAXIMUM_LENGTH);
    }
    for (int i = 0; i < program.size(); i++) {
      instruction(program, i);
    }
    BpfInstruction last = program.get(program.size() - 1);
    if (last.code() != (Bpf.RET | Bpf.K) && last.code() != (Bpf.RET | Bpf.A)) {
      throw new FilterException(program.size() - 1, "the last instruction does not return");
    }
    memory(program);
  }

  private static void instruction(List<BpfInstruction> program, int at) {
    BpfInstruction i = program.get(at);
    String problem =
        switch (i.kind()) {
          case Bpf.LD -> load(i);
          case Bpf.LDX -> i.code() == (Bpf.LDX | Bpf.IMM) || isLength(i) ? null : memory(i);
          case Bpf.ST, Bpf.STX -> i.code() == i.kind() ? word(i.k()) : "unknown store";
          case Bpf.ALU -> arithmetic(i);
          case Bpf.JMP -> jump(i, program.size() - at - 1);
          case Bpf.RET ->
              i.code() == (Bpf.RET | Bpf.K) || i.code() == (Bpf.RET | Bpf.A)
                  ? null
                  : "unknown return";
          default ->
              i.code() == (Bpf.MISC | Bpf.TAX) || i.code() == (Bpf.MISC | Bpf.TXA)
                  ? null
                  : "unknown transfer";
        };
    if (problem != null) {
      throw new FilterException(at, String.format("%s (code 0x%02x)", problem, i.code()));
    }
  }

  /** BPF_LEN is the size of the data, as load and as index load. */
  private static boolean isLength(BpfInstruction i) {
    return i.code() == (i.kind() | Bpf.LEN);
  }

  private static String load(BpfInstruction i) {
    if (i.code() == (Bpf.LD | Bpf.ABS)) {
      return i.k() % 4 == 0 && i.k() < SeccompData.SIZE
          ? null
          : "load at offset " + i.k() + ", not a word of seccomp_data";
    }
    return i.code() == (Bpf.LD | Bpf.IMM) || isLength(i) ? null : memory(i);
  }

  private static String memory(BpfInstruction i) {
    return i.code() == (i.kind() | Bpf.MEM) ? word(i.k()) : "unknown load";
  }

  private static String word(long k) {
    return k < Bpf.MEMORY_WORDS ? null : "memory word " + k + " of " + Bpf.MEMORY_WORDS;
  }

  private static String arithmetic(BpfInstruction i) {
    int operation = i.code() & 0xf0;
    boolean constant = (i.code() & Bpf.X) == 0;
    switch (operation) {
      case Bpf.ADD, Bpf.SUB, Bpf.MUL, Bpf.OR, Bpf.AND, Bpf.XOR -> {}
      case Bpf.DIV -> {
        if (constant && i.k() == 0) {
          return "division by the constant 0";
        }
      }
      case Bpf.LSH, Bpf.RSH -> {
        if (constant && i.k() >= 32) {
          return "shift by " + i.k();
        }
      }
      case Bpf.NEG -> {
        if (!constant) {
          return "unknown arithmetic";
        }
      }
      default -> {
        return "unknown arithmetic";
      }
    }
    return i.code() <= 0xff ? null : "unknown arithmetic";
  }

  private static String jump(BpfInstruction i, int left) {
    if (i.code() == (Bpf.JMP | Bpf.JA)) {
      return i.k() < left ? null : "jump past the end";
    }
    int operation = i.code() & 0xf0;
    if (i.code() > 0xff || operation == Bpf.JA || operation > Bpf.JSET) {
      return "unknown jump";
    }
    return i.jt() < left && i.jf() < left ? null : "jump past the end";
  }

  /**
   * A memory word may be read only if every path to the instruction has written it, as in {@code
   * check_load_and_stores} of {@code net/core/filter.c}.
   */
  private static void memory(List<BpfInstruction> program) {
    int[] written = new int[program.size()];
    Arrays.fill(written, NO_MEMORY);
    int valid = 0;
    for (int at = 0; at < program.size(); at++) {
      BpfInstruction i = program.get(at);
      valid &= written[at];
      switch (i.kind()) {
        case Bpf.ST, Bpf.STX -> valid |= 1 << (int) i.k();
        case Bpf.LD, Bpf.LDX -> {
          if ((i.code() & 0xe0) == Bpf.MEM && (valid & (1 << (int) i.k())) == 0) {
            throw new FilterException(at, "memory word " + i.k() + " is read before it is written");
          }
        }
        case Bpf.JMP -> {
          if (i.code() == (Bpf.JMP | Bpf.JA)) {
            written[at + 1 + (int) i.k()] &= valid;
          } else {
            written[at + 1 + i.jt()] &= valid;
            written[at + 1 + i.jf()] &= valid;
          }
          valid = NO_MEMORY;
        }
        default -> {}
      }
    }
  }
}
