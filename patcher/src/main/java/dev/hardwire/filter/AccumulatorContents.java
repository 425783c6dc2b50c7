package dev.hardwire.filter;

import java.util.Arrays;

/**
 * The field of {@code seccomp_data} that the accumulator holds unchanged before each instruction of
 * a filter, if it is the same on every path to the instruction.
 */
public final class AccumulatorContents {
  /** Something else, or not the same on every path. */
  public static final int UNKNOWN = -1;

  private static final int UNREACHED = -2;

  private final int[] before;

  private AccumulatorContents(int length) {
    before = new int[length];
    Arrays.fill(before, UNREACHED);
  }

  public static AccumulatorContents of(Filter filter) {
    AccumulatorContents contents = new AccumulatorContents(filter.size());
    contents.before[0] = UNKNOWN;
    for (int at = 0; at < filter.size(); at++) {
      BpfInstruction i = filter.instructions().get(at);
      int now = contents.before[at];
      if (now == UNREACHED || i.kind() == Bpf.RET) {
        continue;
      }
      if (i.kind() != Bpf.JMP) {
        contents.join(at + 1, after(i, now));
      } else if (i.code() == (Bpf.JMP | Bpf.JA)) {
        contents.join(at + 1 + (int) i.k(), now);
      } else {
        contents.join(at + 1 + i.jt(), now);
        contents.join(at + 1 + i.jf(), now);
      }
    }
    return contents;
  }

  private static int after(BpfInstruction i, int now) {
    return switch (i.kind()) {
      case Bpf.LD -> i.code() == (Bpf.LD | Bpf.ABS) ? (int) i.k() : UNKNOWN;
      case Bpf.ALU -> UNKNOWN;
      case Bpf.MISC -> i.code() == (Bpf.MISC | Bpf.TXA) ? UNKNOWN : now;
      default -> now;
    };
  }

  private void join(int at, int contents) {
    before[at] = before[at] == UNREACHED || before[at] == contents ? contents : UNKNOWN;
  }

  /** Offset of the field in bytes, or {@link #UNKNOWN}. */
  public int before(int at) {
    return before[at];
  }
}
