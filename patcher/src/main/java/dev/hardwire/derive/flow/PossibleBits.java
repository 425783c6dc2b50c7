package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import java.util.Arrays;

/**
 * Which bits of each register may be set at one place, and which registers have a word that was
 * read through the function's first argument.
 */
final class PossibleBits implements FunctionWalk.State<PossibleBits> {
  /** No word of the argument's object. */
  private static final long NONE = Long.MIN_VALUE;

  /** The argument itself. */
  private static final long ARGUMENT = Long.MIN_VALUE + 1;

  private static final int REGISTERS = 16;

  /** What the last comparison said about equality, or the result of an operation about zero. */
  enum Zero {
    UNKNOWN,
    ALWAYS,
    NEVER
  }

  private final long[] bits = new long[REGISTERS];
  private final long[] origins = new long[REGISTERS];
  private Zero zero = Zero.UNKNOWN;

  /** At the start of a function. */
  static PossibleBits start() {
    PossibleBits state = new PossibleBits();
    Arrays.fill(state.bits, -1);
    Arrays.fill(state.origins, NONE);
    state.origins[Instruction.RDI] = ARGUMENT;
    return state;
  }

  @Override
  public PossibleBits copy() {
    PossibleBits state = new PossibleBits();
    state.join(this);
    System.arraycopy(origins, 0, state.origins, 0, REGISTERS);
    state.zero = zero;
    return state;
  }

  @Override
  public boolean join(PossibleBits other) {
    boolean changed = zero != other.zero && zero != Zero.UNKNOWN;
    zero = zero == other.zero ? zero : Zero.UNKNOWN;
    for (int i = 0; i < REGISTERS; i++) {
      long both = bits[i] | other.bits[i];
      long origin = origins[i] == other.origins[i] ? origins[i] : NONE;
      changed |= both != bits[i] || origin != origins[i];
      bits[i] = both;
      origins[i] = origin;
    }
    return changed;
  }

  Zero zero() {
    return zero;
  }

  long bits(int register) {
    return bits[register];
  }

  /** Whether a register has a word of the object that the first argument leads to. */
  boolean isMember(int register) {
    return register >= 0 && origins[register] > ARGUMENT;
  }

  /** The offset of that word, in bytes. */
  long member(int register) {
    return origins[register];
  }

  /** An operation with this result, as far as its bits are known. */
  void result(long possible) {
    zero = possible == 0 ? Zero.ALWAYS : Zero.UNKNOWN;
  }

  /** A comparison of a value with a number; both without bits that the operands do not have. */
  void compared(long possible, long number) {
    zero =
        (number & ~possible) != 0
            ? Zero.NEVER
            : possible == 0 && number == 0 ? Zero.ALWAYS : Zero.UNKNOWN;
  }

  void set(int register, long possible) {
    bits[register] = possible;
    origins[register] = NONE;
  }

  /** What an instruction does that neither compares nor reads the watched word. */
  void apply(Instruction now) {
    int reg = now.reg();
    switch (now.kind()) {
      case MOVE -> {
        long origin = now.size() == Long.BYTES ? origins[now.rm()] : NONE;
        set(reg, bits[now.rm()] & mask(now.size()));
        origins[reg] = origin;
      }
      case LOAD -> {
        boolean member =
            now.base() >= 0
                && now.index() < 0
                && !now.isThreadLocal()
                && now.size() == Long.BYTES
                && origins[now.base()] == ARGUMENT;
        set(reg, mask(now.size()));
        origins[reg] = member ? now.displacement() : NONE;
      }
      case MOVE_IMMEDIATE -> set(reg, now.immediate() & mask(now.size()));
      case ZERO -> {
        set(reg, 0);
        zero = Zero.UNKNOWN;
      }
      case AND_IMMEDIATE -> {
        set(reg, bits[reg] & now.immediate() & mask(now.size()));
        result(bits[reg]);
      }
      case OR_IMMEDIATE -> {
        set(reg, (bits[reg] | now.immediate()) & mask(now.size()));
        zero = Zero.UNKNOWN;
      }
      case CALL, CALL_INDIRECT -> {
        change(Instruction.CALLER_SAVED);
        zero = Zero.UNKNOWN;
      }
      case STORE, STORE_IMMEDIATE, PUSH, PUSH_IMMEDIATE, POP, LEA, BRANCH, JUMP ->
          change(now.changes());
      case SYSCALL -> {
        change(Instruction.SYSCALL_CHANGES);
        zero = Zero.UNKNOWN;
      }
      default -> {
        change(now.changes());
        zero = Zero.UNKNOWN;
      }
    }
    if (now.kind() == Kind.LEAVE) {
      change(1 << Instruction.RBP);
    }
  }

  private void change(int registers) {
    for (int i = 0; i < REGISTERS; i++) {
      if ((registers >> i & 1) != 0) {
        set(i, -1);
      }
    }
  }

  /** The bits that a value of some bytes has. */
  static long mask(int size) {
    return size >= Long.BYTES ? -1 : (1L << (8 * size)) - 1;
  }
}
