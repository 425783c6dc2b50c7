package dev.hardwire.derive.module;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import java.util.Arrays;

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

  private static final long NONE = 0;

  private final Image image;

  /** Gets references. */
  private final LongList found;

  /** The address of data that a register has had since it was written; 0 for none. */
  private final long[] addresses = new long[REGISTERS];

  private boolean empty = true;

  MovedBack(Image image, LongList found) {
    this.image = image;
    this.found = found;
  }

  /** A function begins. */
  void begin() {
    if (!empty) {
      Arrays.fill(addresses, NONE);
      empty = true;
    }
  }

  /** An instruction follows the last one. */
  void pass(Instruction now) {
    if (empty) {
      taken(now);
      return;
    }
    if (now.hasMemory() && now.base() >= 0 && !now.isThreadLocal()) {
      back(addresses[now.base()], now.displacement());
    }
    Kind kind = now.kind();
    int reg = now.reg();
    switch (kind) {
      case ADD_IMMEDIATE -> back(addresses[reg], now.immediate());
      case MOVE -> addresses[reg] = addresses[now.rm()];
      case CALL, CALL_INDIRECT -> forget(Instruction.CALLER_SAVED);
      case OTHER -> forget(now.writes());
      case POP, LOAD, MOVE_IMMEDIATE, ZERO, LEA, SIGN_EXTEND, ZERO_EXTEND -> addresses[reg] = NONE;
      default -> {
        // a register may keep its address
      }
    }
    taken(now);
  }

  private void taken(Instruction now) {
    boolean relative = now.kind() == Kind.LEA && now.isRipRelative();
    boolean number = now.kind() == Kind.MOVE_IMMEDIATE && image.isFixed();
    long address = relative ? now.displacement() : number ? now.immediate() & 0xffff_ffffL : NONE;
    if (address != NONE && isData(address - 1)) { // it may be that of the end
      addresses[now.reg()] = address;
      empty = false;
    }
  }

  private void back(long address, long distance) {
    if (address != NONE && distance < 0 && distance > FARTHEST && isData(address + distance)) {
      found.add(Reference.BEFORE.to(address + distance));
    }
  }

  private boolean isData(long address) {
    return image.isMapped(address) && !image.elf().isExecutable(address);
  }

  private void forget(int registers) {
    for (int i = 0; i < REGISTERS; i++) {
      if ((registers >> i & 1) != 0) {
        addresses[i] = NONE;
      }
    }
  }
}
