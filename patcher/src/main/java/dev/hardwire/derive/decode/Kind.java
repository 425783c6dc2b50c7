package dev.hardwire.derive.decode;

/** What an instruction does, as far as the analysis understands it. */
public enum Kind {
  /** Not an instruction. */
  INVALID,
  /** Goes on with the next instruction; {@link Instruction#writes} says what it changes. */
  OTHER,
  CALL,
  JUMP,
  /** A conditional jump. */
  BRANCH,
  CALL_INDIRECT,
  JUMP_INDIRECT,
  RETURN,
  /** Nothing follows: ud2, hlt, int3. */
  STOP,
  SYSCALL,
  /** {@code int 0x80} or {@code sysenter}: a system call of i386. */
  I386_CALL,
  /** A register gets an immediate. */
  MOVE_IMMEDIATE,
  /** The lowest byte of a register gets an immediate. */
  MOVE_BYTE,
  MOVE,
  /** A register gets a word of memory. */
  LOAD,
  /** Memory gets a register. */
  STORE,
  STORE_IMMEDIATE,
  LEA,
  /** A register becomes 0: {@code xor r,r}. */
  ZERO,
  /** An immediate, negative for a subtraction, is added to a register. */
  ADD_IMMEDIATE,
  /** The lowest one or two bytes of a register get those of memory or of another register. */
  MOVE_PART,
  /** A register gets as many bytes of memory or of another register as the size says, and zeros. */
  ZERO_EXTEND,
  /** The lowest byte of a register becomes 0 or 1: {@code setcc}. */
  SET_CONDITION,
  /** A register is added to another. */
  ADD,
  AND_IMMEDIATE,
  OR_IMMEDIATE,
  /** A register keeps its value or gets that of another. */
  CONDITIONAL_MOVE,
  /** A register gets a 32-bit word of memory or of a register, sign-extended. */
  SIGN_EXTEND,
  PUSH,
  PUSH_IMMEDIATE,
  POP,
  LEAVE;

  /** Whether the next instruction is not reached from this one. */
  public boolean endsFlow() {
    return this == JUMP
        || this == JUMP_INDIRECT
        || this == RETURN
        || this == STOP
        || this == INVALID;
  }
}
