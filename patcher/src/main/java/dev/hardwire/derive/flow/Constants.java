package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Instruction;
import java.util.Map;

/**
 * Which registers have known numbers at one place, and what the last comparison was about. Of
 * arguments only the lower 32 bits are known, so only these are compared.
 */
final class Constants implements FunctionWalk.State<Constants> {
  private static final int REGISTERS = 16;

  private final long[] values = new long[REGISTERS];

  /** A bit for each register with a known number. */
  private int known;

  /** Null if that is not known. */
  private FlagTest last;

  /** At the start of a function, where some registers have numbers. */
  static Constants start(Map<Integer, Long> arguments) {
    Constants state = new Constants();
    arguments.forEach(state::set);
    return state;
  }

  @Override
  public Constants copy() {
    Constants state = new Constants();
    System.arraycopy(values, 0, state.values, 0, REGISTERS);
    state.known = known;
    state.last = last;
    return state;
  }

  @Override
  public boolean join(Constants other) {
    int before = known;
    known &= other.known;
    for (int i = 0; i < REGISTERS; i++) {
      if (values[i] != other.values[i]) {
        known &= ~(1 << i);
      }
    }
    boolean forgets = last != null && !last.equals(other.last);
    last = forgets ? null : last;
    return forgets || known != before;
  }

  boolean isKnown(int register) {
    return register >= 0 && (known >> register & 1) != 0;
  }

  long value(int register) {
    return values[register];
  }

  /** What the flags say; null if that is not known. */
  FlagTest last() {
    return last;
  }

  void compared(FlagTest comparison) {
    last = comparison;
  }

  void set(int register, long value) {
    values[register] = value;
    known |= 1 << register;
  }

  private void set(int register, boolean isKnown, long value, int size) {
    if (isKnown) {
      set(register, value & PossibleBits.mask(size));
    } else {
      known &= ~(1 << register);
    }
  }

  /** What an instruction does that compares nothing. */
  void apply(Instruction now) {
    int reg = now.reg();
    int rm = now.rm();
    int size = now.size();
    switch (now.kind()) {
      case MOVE -> set(reg, isKnown(rm), rm < 0 ? 0 : values[rm], size);
      case MOVE_IMMEDIATE -> set(reg, true, now.immediate(), size);
      case LEA -> lea(now);
      case SIGN_EXTEND ->
          set(reg, !now.hasMemory() && isKnown(rm), rm < 0 ? 0 : (int) values[rm], Long.BYTES);
      case LOAD, POP, STORE, STORE_IMMEDIATE, PUSH, PUSH_IMMEDIATE, BRANCH, JUMP ->
          forget(now.changes());
      default -> {
        last = null;
        changing(now);
      }
    }
  }

  /** An instruction that may change the flags. */
  private void changing(Instruction now) {
    int reg = now.reg();
    int rm = now.rm();
    int size = now.size();
    switch (now.kind()) {
      case ZERO -> set(reg, 0);
      case ADD_IMMEDIATE -> set(reg, isKnown(reg), values[reg] + now.immediate(), size);
      case ADD -> set(reg, isKnown(reg) && isKnown(rm), values[reg] + values[rm], size);
      case OR_IMMEDIATE -> set(reg, isKnown(reg), values[reg] | now.immediate(), size);
      case AND_IMMEDIATE -> {
        set(reg, isKnown(reg), values[reg] & now.immediate(), size);
        boolean lower = isKnown(reg) && size == Integer.BYTES;
        last = lower ? new FlagTest(true, values[reg], values[reg], size) : null;
      }
      case CALL, CALL_INDIRECT -> forget(Instruction.CALLER_SAVED);
      case SYSCALL -> forget(Instruction.SYSCALL_CHANGES);
      case LEAVE -> forget(1 << Instruction.RSP | 1 << Instruction.RBP);
      default -> forget(now.changes());
    }
  }

  private void lea(Instruction now) {
    boolean plain = !now.isThreadLocal() && now.index() < 0;
    if (plain && now.isRipRelative()) {
      set(now.reg(), true, now.displacement(), now.size());
    } else {
      boolean isKnown = plain && isKnown(now.base());
      set(now.reg(), isKnown, isKnown ? values[now.base()] + now.displacement() : 0, now.size());
    }
  }

  private void forget(int registers) {
    known &= ~registers;
  }
}
