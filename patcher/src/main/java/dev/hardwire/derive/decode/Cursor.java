package dev.hardwire.derive.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The bytes of one instruction while they are read, and the operands that follow its opcode. */
class Cursor {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  final byte[] code;

  int at;
  int limit;
  int rex;
  boolean small;
  boolean shortAddress;
  int repeat;

  Cursor(byte[] code) {
    this.code = code;
  }

  final int next() {
    int value = at < limit ? code[at] & 0xff : -1;
    at++;
    return value;
  }

  final boolean immediate(int size, Instruction into) {
    if (at + size > limit) {
      return false;
    }
    into.hasImmediate = true;
    into.immediate =
        switch (size) {
          case 1 -> code[at];
          case 2 -> (short) ((code[at] & 0xff) | (code[at + 1] << 8));
          case 4 -> (int) INT.get(code, at);
          default -> (long) LONG.get(code, at);
        };
    at += size;
    return true;
  }

  final boolean modrm(Instruction into) {
    int modrm = next();
    if (modrm < 0) {
      return false;
    }
    int mod = modrm >> 6;
    int rm = modrm & 7;
    into.reg = ((modrm >> 3) & 7) | ((rex & 4) << 1);
    if (mod == 3) {
      into.rm = rm | ((rex & 1) << 3);
      return true;
    }
    into.memory = true;
    int wide = mod == 2 ? 4 : mod;
    if (rm == 4) {
      int sib = next();
      if (sib < 0) {
        return false;
      }
      int index = ((sib >> 3) & 7) | ((rex & 2) << 2);
      into.index = index == 4 ? Instruction.NONE : index;
      into.scale = sib >> 6;
      if ((sib & 7) == 5 && mod == 0) {
        wide = 4;
      } else {
        into.base = (sib & 7) | ((rex & 1) << 3);
      }
    } else if (rm == 5 && mod == 0) {
      into.ripRelative = true;
      wide = 4;
    } else {
      into.base = rm | ((rex & 1) << 3);
    }
    return displacement(wide, into);
  }

  final boolean displacement(int size, Instruction into) {
    if (at + size > limit) {
      return false;
    }
    if (size == 1) {
      into.displacement = code[at];
    } else if (size == 4) {
      into.displacement = (int) INT.get(code, at);
    }
    at += size;
    return true;
  }
}
