package dev.hardwire.filter;

import java.util.function.IntConsumer;

/**
 * Runs a filter as the kernel does.
 *
 * <p>Written from the description of classic BPF in the kernel's {@code
 * Documentation/networking/filter.rst} and seccomp(2), not from the compiler of this project: it
 * shares only the operation codes with it. All arithmetic is on unsigned 32 bits. As in the
 * kernel's conversion to eBPF, a division by an X of zero makes the filter return 0, and a shift by
 * X uses its low five bits.
 */
public final class Emulator {
  private static final long WORD = 0xffff_ffffL;

  private final Filter filter;
  private final SeccompData data;
  private final long[] memory = new long[Bpf.MEMORY_WORDS];
  private long a;
  private long x;

  private Emulator(Filter filter, SeccompData data) {
    this.filter = filter;
    this.data = data;
  }

  /**
   * How a run ended.
   *
   * @param verdict what the filter returned
   * @param steps executed instructions, including the return
   */
  public record Result(Verdict verdict, int steps) {}

  public static Result run(Filter filter, SeccompData data) {
    return run(filter, data, at -> {});
  }

  /**
   * Runs a filter.
   *
   * @param visited takes the index of each instruction that is executed
   */
  public static Result run(Filter filter, SeccompData data, IntConsumer visited) {
    return new Emulator(filter, data).run(visited);
  }

  private Result run(IntConsumer visited) {
    int steps = 0;
    int at = 0;
    while (true) {
      visited.accept(at);
      BpfInstruction i = filter.instructions().get(at++);
      steps++;
      switch (i.kind()) {
        case Bpf.LD -> a = load(i);
        case Bpf.LDX -> x = load(i);
        case Bpf.ST -> memory[(int) i.k()] = a;
        case Bpf.STX -> memory[(int) i.k()] = x;
        case Bpf.ALU -> {
          long operand = operand(i);
          if ((i.code() & 0xf0) == Bpf.DIV && operand == 0) {
            return new Result(new Verdict(0), steps);
          }
          a = arithmetic(i.code() & 0xf0, operand) & WORD;
        }
        case Bpf.JMP -> at += jump(i);
        case Bpf.RET -> {
          return new Result(new Verdict(i.code() == (Bpf.RET | Bpf.A) ? a : i.k()), steps);
        }
        default -> {
          if (i.code() == (Bpf.MISC | Bpf.TAX)) {
            x = a;
          } else {
            a = x;
          }
        }
      }
    }
  }

  private long operand(BpfInstruction i) {
    return (i.code() & Bpf.X) != 0 ? x : i.k();
  }

  private long load(BpfInstruction i) {
    return switch (i.code() & 0xe0) {
      case Bpf.IMM -> i.k();
      case Bpf.ABS -> data.word(i.k());
      case Bpf.MEM -> memory[(int) i.k()];
      case Bpf.LEN -> SeccompData.SIZE;
      default -> throw new AssertionError("a checked filter has no load " + i.code());
    };
  }

  private long arithmetic(int operation, long operand) {
    return switch (operation) {
      case Bpf.ADD -> a + operand;
      case Bpf.SUB -> a - operand;
      case Bpf.MUL -> a * operand;
      case Bpf.DIV -> a / operand;
      case Bpf.OR -> a | operand;
      case Bpf.AND -> a & operand;
      case Bpf.LSH -> a << (operand & 31);
      case Bpf.RSH -> a >>> (operand & 31);
      case Bpf.NEG -> -a;
      case Bpf.XOR -> a ^ operand;
      default -> throw new AssertionError("a checked filter has no arithmetic " + operation);
    };
  }

  private int jump(BpfInstruction i) {
    int operation = i.code() & 0xf0;
    if (operation == Bpf.JA) {
      return (int) i.k();
    }
    long operand = operand(i);
    boolean holds =
        switch (operation) {
          case Bpf.JEQ -> a == operand;
          case Bpf.JGT -> a > operand;
          case Bpf.JGE -> a >= operand;
          case Bpf.JSET -> (a & operand) != 0;
          default -> throw new AssertionError("a checked filter has no jump " + operation);
        };
    return holds ? i.jt() : i.jf();
  }
}
