package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Image;

/**
 * What the flags say about a register at one place of a block: that it has a certain number if the
 * zero flag is set, and after a comparison with a number whether it is below (Intel SDM, volume 1,
 * 3.4.3.1).
 */
final class ZeroFlag {
  private static final int BELOW = 2;
  private static final int EQUAL = 4;
  private static final int BELOW_OR_EQUAL = 6;
  private static final int COMPARE = 7;

  private final Image image;

  /** A bit for the register, and for those that it was copied to; 0 if the flag says nothing. */
  private int registers;

  /** What they have if the flag is set. */
  private long number;

  /** The register that was compared with {@link #limit}; {@link Instruction#NONE} for none. */
  private int compared = Instruction.NONE;

  /** Unsigned. */
  private long limit;

  /** Whether the whole register was compared: it may be that its lower half was. */
  private boolean whole;

  /** A bit for each register whose upper half is zero, since 32 bits were written last. */
  private int narrow;

  ZeroFlag(Image image) {
    this.image = image;
  }

  /** At the start of a block, where nothing is known. */
  void clear() {
    registers = 0;
    compared = Instruction.NONE;
    narrow = 0;
  }

  /** Whether it says something. */
  boolean isKnown() {
    return registers != 0 || compared >= 0;
  }

  /**
   * What is known if a conditional jump is taken, or if it is not.
   *
   * @param condition of the jump, see {@link Instruction#condition}
   */
  void refine(int condition, boolean taken, State state) {
    int holds = condition == Instruction.NONE || taken ? condition : condition ^ 1;
    if (compared >= 0 && (holds == BELOW || holds == BELOW_OR_EQUAL)) {
      long most = holds == BELOW ? limit - 1 : limit;
      state.registers[compared] = state.registers[compared].atMost(most, whole);
    }
    for (int i = 0; holds == EQUAL && i < state.registers.length; i++) {
      if ((registers >> i & 1) != 0 && !isNever(state.registers[i])) {
        state.registers[i] = Value.constant(number);
      }
    }
  }

  private boolean isNever(Value value) {
    return !value.isAny()
        && value.atoms().stream()
            .allMatch(atom -> atom.is(Atom.Base.CONSTANT) && atom.offset() != number);
  }

  /** Goes past an instruction. */
  void pass(Instruction now) {
    switch (now.kind()) {
      case CALL, CALL_INDIRECT, SYSCALL, I386_CALL, LEAVE -> {
        clear();
        return;
      }
      default -> {
        // changes what it names
      }
    }
    int written = now.writes() | (now.kind() == Kind.POP ? 1 << now.reg() : 0);
    int before = narrow;
    boolean whole =
        now.kind() == Kind.ZERO_EXTEND
            || (now.reg() >= 0 && now.size() == Integer.BYTES && writesAll(now.kind()));
    narrow = whole ? (narrow & ~written) | (1 << now.reg()) : narrow & ~written;
    if (keepsFlags(now)) {
      int copy = copies(now) ? 1 << now.reg() : 0;
      registers = (registers & ~written) | copy;
      compared = compared >= 0 && (written >> compared & 1) != 0 ? Instruction.NONE : compared;
      return;
    }
    registers = 0;
    compared = Instruction.NONE;
    if (now.size() >= Integer.BYTES) {
      result(now, before);
      narrow |= number == 0 && now.size() == Integer.BYTES ? registers : 0;
    }
  }

  /** Whether an instruction copies one of the registers to another one, which then is the same. */
  private boolean copies(Instruction now) {
    return now.kind() == Kind.MOVE
        && now.size() == Long.BYTES
        && (registers >> now.rm() & 1) != 0
        && now.reg() != Instruction.RSP;
  }

  /** Whether an instruction with operands of 32 bits writes all bits of its register. */
  private static boolean writesAll(Kind kind) {
    return switch (kind) {
      case MOVE, MOVE_IMMEDIATE, LOAD, LEA, ZERO, CONDITIONAL_MOVE -> true;
      case ADD_IMMEDIATE, AND_IMMEDIATE, OR_IMMEDIATE -> true;
      default -> false;
    };
  }

  /** Whether an instruction leaves the flags alone; false where that is not known. */
  private static boolean keepsFlags(Instruction now) {
    return switch (now.kind()) {
      case MOVE, MOVE_IMMEDIATE, MOVE_BYTE, MOVE_PART, LOAD, LEA, STORE, STORE_IMMEDIATE -> true;
      case PUSH, PUSH_IMMEDIATE, POP, CONDITIONAL_MOVE, SIGN_EXTEND, ZERO_EXTEND -> true;
      case SET_CONDITION -> true;
      case BRANCH -> now.opcode() != 0xc7; // xbegin
      default -> now.opcode() == 0x0f && isQuiet(now.second());
    };
  }

  /** setcc, movzx, movsx and nop. */
  private static boolean isQuiet(int second) {
    return (second & 0xf0) == 0x90
        || switch (second) {
          case 0xb6, 0xb7, 0xbe, 0xbf, 0x1f -> true;
          default -> false;
        };
  }

  private void result(Instruction now, int narrowBefore) {
    int extension = now.extension();
    boolean plain = !now.hasMemory();
    switch (now.opcode()) {
      case 0x01, 0x09, 0x21, 0x29, 0x31 -> {
        if (plain) { // of an addition, the decoder has exchanged the operands
          zero(now.kind() == Kind.ADD ? now.reg() : now.rm());
        }
      }
      case 0x03, 0x0b, 0x23, 0x2b, 0x33 -> zero(now.reg());
      case 0x05, 0x0d, 0x25, 0x2d, 0x35 -> zero(Instruction.RAX);
      case 0x3d -> equal(Instruction.RAX, now, narrowBefore);
      case 0x81, 0x83 -> {
        if (plain && extension == COMPARE) {
          equal(now.reg(), now, narrowBefore);
        } else if (plain && extension != 2 && extension != 3) { // adc, sbb: by the same rule
          zero(now.reg());
        }
      }
      case 0x85 -> {
        boolean all = now.size() == Long.BYTES || (narrowBefore >> now.rm() & 1) != 0;
        if (plain && now.reg() == now.rm() && all) {
          zero(now.reg());
        }
      }
      case 0xff -> {
        if (plain && extension < 2 && now.kind() == Kind.OTHER) { // inc, dec
          zero(now.reg());
        }
      }
      default -> {
        // says nothing about a whole register
      }
    }
  }

  private void zero(int result) {
    registers = result == Instruction.RSP ? 0 : 1 << result;
    number = 0;
  }

  /** A register is compared with a number, which is no address. */
  private void equal(int operand, Instruction now, int narrowBefore) {
    boolean wide = now.size() == Long.BYTES;
    long value = wide ? now.immediate() : now.immediate() & 0xffff_ffffL;
    boolean all = wide || (narrowBefore >> operand & 1) != 0;
    if ((image.isFixed() && image.isMapped(value)) || operand == Instruction.RSP) {
      return;
    }
    compared = operand;
    limit = value;
    whole = all;
    if (all) {
      registers = 1 << operand;
      number = value;
    }
  }
}
