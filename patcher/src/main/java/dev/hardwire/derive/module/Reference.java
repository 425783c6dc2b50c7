package dev.hardwire.derive.module;

import dev.hardwire.derive.decode.Instruction;

/** What a function refers to: a kind and an address, in one number so that millions fit. */
public enum Reference {
  /** Calls the code at the address. */
  CALL,
  /** Jumps there, out of the function. */
  JUMP,
  /** Runs into the code there. */
  FALL,
  /** Runs into the next function, if the function called last, at the address, returns. */
  FALL_AFTER,
  /** The same, with the function that a slot holds. */
  FALL_AFTER_SLOT,
  /** Takes the address of code. */
  TAKE,
  /** Calls what the slot at the address holds. */
  CALL_SLOT,
  /** Jumps to what the slot at the address holds. */
  JUMP_SLOT,
  /** Reads the word at the address. */
  READ,
  /** Reads up to 64 bytes there. */
  READ_WIDE,
  /**
   * Reads an element of an array of words from the address on, whose first index may be larger than
   * 0: the address is that of the array, less a constant.
   */
  READ_ELEMENT,
  /** Takes the address of data. */
  DATA,
  /** Goes back to the address from one behind it: perhaps in the same object. */
  BEFORE,
  /** The unwinder calls the code at the address when it comes to the function. */
  HANDLER,
  /** The same, with the function that a slot holds. */
  HANDLER_SLOT;

  /** Above these bits is the kind. */
  static final int BITS = 56;

  private static final long ADDRESS = (1L << BITS) - 1;
  private static final Reference[] ALL = values();

  /** How many kinds there are. */
  static final int KINDS = ALL.length;

  /** Kind and address as one number. */
  @SuppressWarnings("EnumOrdinal") // what is stored names the version that wrote it
  long to(long address) {
    return ((long) ordinal() << BITS) | (address & ADDRESS);
  }

  public static Reference kind(long reference) {
    return ALL[(int) (reference >>> BITS)];
  }

  public static long address(long reference) {
    return reference & ADDRESS;
  }

  /** Whether it leads to the function behind the one that it is of, not to an address. */
  public boolean falls() {
    return this == FALL || this == FALL_AFTER || this == FALL_AFTER_SLOT;
  }

  /** How many bytes there are read at most. */
  public int bytes() {
    return this == READ_WIDE ? Instruction.WIDEST : Long.BYTES;
  }

  /** Whether the address is one of code, of this file, to which something may go. */
  public boolean isCode() {
    return this == CALL || this == JUMP || this == TAKE || this == HANDLER;
  }

  /** The same reference, or what it leads to through an entry of the PLT: what its slot holds. */
  static long throughThunk(Image image, long reference) {
    Reference kind = kind(reference);
    long slot = kind.isCode() ? image.thunk(address(reference)) : 0;
    if (slot == 0) {
      return reference;
    }
    return switch (kind) {
      case CALL -> CALL_SLOT.to(slot);
      case JUMP -> JUMP_SLOT.to(slot);
      case HANDLER -> HANDLER_SLOT.to(slot);
      default -> READ.to(slot);
    };
  }
}
