package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Module;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The instructions of one function that may run if some arguments are known numbers: a branch that
 * compares only numbers that are known goes one way, and so does a jump by a table whose index is
 * known. What is not understood goes all ways.
 */
public final class ArgumentCode extends FunctionWalk<Constants> {
  private static final int ENTRY_SCALE = 2;

  private ArgumentCode(Module module, int function, Callees callees) {
    super(module, function, callees);
  }

  /**
   * The addresses of the instructions that may run; empty if that is not known. Nothing may lead
   * into the middle of the function ({@link LiveCode#isEnteredInside}).
   *
   * @param arguments the numbers of registers
   */
  public static Optional<Set<Long>> of(
      Module module, int function, Map<Integer, Long> arguments, Callees callees) {
    return new ArgumentCode(module, function, callees).follow(Constants.start(arguments));
  }

  @Override
  Optional<Boolean> branch(Constants state) {
    Optional<Boolean> taken =
        state.last() == null ? Optional.empty() : state.last().holds(now.condition());
    state.apply(now);
    return taken;
  }

  @Override
  boolean jump(long from, Constants state) {
    boolean known = !now.hasMemory() && state.isKnown(now.rm());
    if (known) {
      enter(state.value(now.rm()), state);
    }
    return known;
  }

  @Override
  void step(Constants state) {
    int opcode = now.opcode();
    int extension = now.extension();
    boolean register = !now.hasMemory();
    switch (opcode) {
      case 0x39, 0x3b, 0x85 -> {
        boolean swapped = opcode == 0x3b;
        int left = swapped ? now.reg() : now.rm();
        int right = swapped ? now.rm() : now.reg();
        boolean known = register && state.isKnown(left) && state.isKnown(right);
        compared(opcode == 0x85, known, state, left, known ? state.value(right) : 0);
      }
      case 0x3d, 0xa9 -> compared(opcode == 0xa9, true, state, Instruction.RAX, now.immediate());
      case 0x81, 0x83, 0xf7 -> {
        boolean test = opcode == 0xf7 && extension < 2;
        if (test || (opcode != 0xf7 && extension == 7)) {
          compared(test, register, state, now.rm(), now.immediate());
        } else {
          state.apply(now);
        }
      }
      default -> {
        if (now.kind() == Kind.SIGN_EXTEND && now.hasMemory()) {
          entry(state);
        } else {
          state.apply(now);
        }
      }
    }
  }

  private void compared(boolean test, boolean known, Constants state, int left, long right) {
    boolean both = known && state.isKnown(left) && now.size() == Integer.BYTES;
    state.compared(both ? new FlagTest(test, state.value(left), right, now.size()) : null);
  }

  /** Loads an entry of a jump table. */
  private void entry(Constants state) {
    boolean known =
        now.scale() == ENTRY_SCALE
            && !now.isThreadLocal()
            && state.isKnown(now.base())
            && state.isKnown(now.index());
    long place =
        known
            ? state.value(now.base())
                + (state.value(now.index()) << ENTRY_SCALE)
                + now.displacement()
            : 0;
    state.apply(now);
    if (known
        && module.image().isConstant(place)
        && module.image().isConstant(place + Integer.BYTES - 1)) {
      state.set(now.reg(), module.image().half(place));
    }
  }
}
