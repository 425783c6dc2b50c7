package dev.hardwire.derive.module;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;

/**
 * Records addresses of data from which code goes back, as a loop does that begins with the last
 * element of an array: what lies before them may be part of the same object.
 *
 * <p>Code is read from top to bottom, and not as it runs. So an address may be recorded that the
 * program never has; that only adds what it leads to.
 */
final class MovedBack {
  private static final int REGISTERS = 16;

  /** No register has an address from which so little, or more, is taken off. */
  private static final long FARTHEST = -(1L << 20);

  private final Image image;

  /** Gets references. */
  private final LongList found;

  /** By register, an address of data that it has had since it was written. */
  private final long[] addresses = new long[REGISTERS];

  /** A bit for each register that has one. */
  private int holding;

  MovedBack(Image image, LongList found) {
    this.image = image;
    this.found = found;
  }

  /** A function begins. */
  void begin() {
    holding = 0;
  }

  /** An instruction follows the last one. */
  void pass(Instruction now) {
    if (holding != 0) {
      moved(now);
    }
    taken(now);
  }

  private void moved(Instruction now) {
    if (now.hasMemory() && !now.isThreadLocal()) {
      back(now.base(), now.displacement());
    }
    int written = Instruction.bit(now.reg());
    switch (now.kind()) {
      case ADD_IMMEDIATE -> back(now.reg(), now.immediate());
      case MOVE -> {
        if (holds(now.rm())) {
          hold(now.reg(), addresses[now.rm()]);
        } else {
          holding &= ~written;
        }
      }
      case CALL, CALL_INDIRECT -> holding &= ~Instruction.CALLER_SAVED;
      case OTHER -> holding &= ~now.writes();
      case POP, LOAD, MOVE_IMMEDIATE, ZERO, LEA, SIGN_EXTEND, ZERO_EXTEND -> holding &= ~written;
      default -> {
        // a register may keep its address
      }
    }
  }

  private void taken(Instruction now) {
    boolean relative = now.kind() == Kind.LEA && now.isRipRelative();
    boolean number = now.kind() == Kind.MOVE_IMMEDIATE && image.isFixed();
    long address = relative ? now.displacement() : number ? now.immediate() & 0xffff_ffffL : 0;
    if (address != 0 && image.isData(address - 1)) { // it may be that of the end
      hold(now.reg(), address);
    }
  }

  private boolean holds(int register) {
    return (holding & Instruction.bit(register)) != 0;
  }

  private void hold(int register, long address) {
    addresses[register] = address;
    holding |= Instruction.bit(register);
  }

  private void back(int register, long distance) {
    if (holds(register) && distance < 0 && distance > FARTHEST) {
      long address = addresses[register] + distance;
      if (image.isData(address)) {
        found.add(Reference.BEFORE.to(address));
      }
    }
  }
}
