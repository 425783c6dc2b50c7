package dev.hardwire.filter.compile;

import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Filter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The kernel's work for translating a filter to machine code of x86-64.
 *
 * <p>The kernel first converts the filter to extended BPF ({@code bpf_convert_filter} of
 * net/core/filter.c). It then repeats a pass over these instructions until no jump becomes shorter,
 * and makes one more pass to write them ({@code bpf_int_jit_compile} of
 * arch/x86/net/bpf_jit_comp.c; Linux 6.12 and later). Which jumps are close to the range of the
 * short form depends on the order of the filter's instructions, so some orders need more passes
 * than others.
 *
 * @param instructions of extended BPF
 * @param passes through them
 */
record Translation(int instructions, int passes) {
  /** The first pass assumes this number of bytes for each instruction. */
  private static final int GUESS = 64;

  /** The range of jumps in short form. */
  private static final int SHORT = 123;

  /** Bytes of the first return: registers taken from the stack, and the jump that returns. */
  private static final int EPILOGUE = 9;

  /** The kind of an instruction of extended BPF, which determines its size. */
  private enum Kind {
    PLAIN,
    CONDITIONAL,
    JUMP,
    EXIT
  }

  /**
   * One instruction of extended BPF.
   *
   * @param bytes of machine code without those of a jump
   * @param target the instruction of the filter that it jumps to
   */
  private record Extended(Kind kind, int bytes, int target) {}

  static Translation of(Filter filter) {
    return new Conversion(filter.instructions()).translation();
  }

  /** The number of instructions processed in all passes together. */
  long steps() {
    return (long) instructions * passes;
  }

  private static final class Conversion {
    /** Before the filter's: two that clear registers and one that keeps the data's address. */
    private static final int PROLOGUE = 3;

    private final List<Extended> code = new ArrayList<>();

    /** For each instruction of the filter, the index of its first translated instruction. */
    private final int[] starts;

    Conversion(List<BpfInstruction> filter) {
      starts = new int[filter.size()];
      code.addAll(List.of(plain(2), plain(3), plain(3)));
      assert code.size() == PROLOGUE;
      for (int at = 0; at < starts.length; at++) {
        starts[at] = code.size();
        convert(at, filter.get(at));
      }
    }

    private static Extended plain(int bytes) {
      return new Extended(Kind.PLAIN, bytes, 0);
    }

    private void convert(int at, BpfInstruction i) {
      switch (i.kind()) {
        case Bpf.RET -> {
          code.add(plain(i.k() == 0 ? 2 : 5));
          code.add(new Extended(Kind.EXIT, 0, 0));
        }
        case Bpf.JMP -> jump(at, i);
        case Bpf.ALU -> code.add(plain(5));
        default -> code.add(plain(3));
      }
    }

    private void jump(int at, BpfInstruction i) {
      if (i.code() == (Bpf.JMP | Bpf.JA)) {
        code.add(new Extended(Kind.JUMP, 0, at + 1 + (int) i.k()));
        return;
      }
      boolean set = (i.code() & 0xf0) == Bpf.JSET;
      int bytes = i.k() <= Byte.MAX_VALUE && !set ? 4 : 7;
      if (i.k() > Integer.MAX_VALUE) {
        code.add(plain(5));
        bytes = 3;
      } else if (i.k() == 0 && !set) {
        bytes = 3;
      }
      boolean onlyNo = i.jt() == 0 && i.jf() != 0 && !set;
      code.add(new Extended(Kind.CONDITIONAL, bytes, at + 1 + (onlyNo ? i.jf() : i.jt())));
      if (!onlyNo && i.jf() != 0) {
        code.add(new Extended(Kind.JUMP, 0, at + 1 + i.jf()));
      }
    }

    Translation translation() {
      int[] ends = new int[code.size() + 1];
      Arrays.setAll(ends, i -> i * GUESS);
      int length = -1;
      int passes = 1; // the pass that writes
      while (true) {
        int before = length;
        length = pass(ends);
        passes++;
        if (length == before) {
          return new Translation(code.size(), passes);
        }
      }
    }

    /** Recomputes the end of each instruction from the results of the last pass. */
    private int pass(int[] ends) {
      int length = 0;
      int epilogue = -1;
      for (int at = 0; at < code.size(); at++) {
        Extended i = code.get(at);
        int target = i.kind == Kind.EXIT ? epilogue : ends[starts[i.target]];
        int distance = target - ends[at + 1];
        boolean near = distance >= Byte.MIN_VALUE && distance <= SHORT;
        int bytes =
            switch (i.kind) {
              case PLAIN -> 0;
              case CONDITIONAL -> near ? 2 : 6;
              case JUMP -> distance == 0 ? 0 : near ? 2 : 5;
              case EXIT -> epilogue < 0 ? EPILOGUE : near ? 2 : 5;
            };
        epilogue = i.kind == Kind.EXIT && epilogue < 0 ? length : epilogue;
        length += i.bytes + bytes;
        ends[at + 1] = length;
      }
      return length;
    }
  }
}
