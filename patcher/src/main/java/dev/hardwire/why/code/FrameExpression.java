package dev.hardwire.why.code;

import dev.hardwire.elf.frame.FrameReader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.function.LongUnaryOperator;

/** The expressions of DWARF 5, 2.5, that compilers and C libraries use in frame rules. */
final class FrameExpression {
  /** Longer ones do not occur. */
  private static final int MOST_STEPS = 200;

  private final long[] registers;
  private final LongUnaryOperator memory;
  private final Deque<Long> stack = new ArrayDeque<>();

  private FrameExpression(long[] registers, LongUnaryOperator memory) {
    this.registers = registers;
    this.memory = memory;
  }

  /**
   * The value of an expression.
   *
   * @param memory the word at an address
   * @param first on the stack, if there is one
   * @return empty if it does something that is not known
   */
  static OptionalLong value(
      FrameReader code, long[] registers, LongUnaryOperator memory, OptionalLong first) {
    FrameExpression expression = new FrameExpression(registers, memory);
    first.ifPresent(expression.stack::push);
    for (int steps = 0; code.hasMore(); steps++) {
      if (steps == MOST_STEPS || !expression.step(code.u8(), code)) {
        return OptionalLong.empty();
      }
    }
    return expression.stack.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(expression.stack.pop());
  }

  private boolean step(int operation, FrameReader code) {
    if (operation >= 0x30 && operation <= 0x4f) {
      stack.push((long) operation - 0x30);
      return true;
    }
    if (operation >= 0x70 && operation <= 0x8f) {
      int register = operation - 0x70;
      long offset = code.signed();
      if (register >= registers.length) {
        return false;
      }
      stack.push(registers[register] + offset);
      return true;
    }
    return constant(operation, code) || arithmetic(operation, code);
  }

  private boolean constant(int operation, FrameReader code) {
    switch (operation) {
      case 0x08 -> stack.push((long) code.u8());
      case 0x09 -> stack.push((long) (byte) code.u8());
      case 0x0a -> stack.push((long) code.u16());
      case 0x0b -> stack.push((long) (short) code.u16());
      case 0x0c -> stack.push(code.u32());
      case 0x0d -> stack.push((long) (int) code.u32());
      case 0x10 -> stack.push(code.unsigned());
      case 0x11 -> stack.push(code.signed());
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean arithmetic(int operation, FrameReader code) {
    if (stack.isEmpty()) {
      return false;
    }
    if (operation == 0x12) {
      stack.push(stack.peek());
      return true;
    }
    long top = stack.pop();
    if (operation == 0x06) {
      stack.push(memory.applyAsLong(top));
      return true;
    }
    if (operation == 0x23) {
      stack.push(top + code.unsigned());
      return true;
    }
    if (stack.isEmpty()) {
      return false;
    }
    long below = stack.pop();
    switch (operation) {
      case 0x1a -> stack.push(below & top);
      case 0x1c -> stack.push(below - top);
      case 0x22 -> stack.push(below + top);
      case 0x24 -> stack.push(top >= 0 && top < Long.SIZE ? below << top : 0);
      case 0x2a -> stack.push(below >= top ? 1L : 0L);
      default -> {
        return false;
      }
    }
    return true;
  }
}
