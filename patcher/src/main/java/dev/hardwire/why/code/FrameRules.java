package dev.hardwire.why.code;

import dev.hardwire.elf.frame.FrameReader;
import dev.hardwire.elf.frame.FrameTable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Where a function has saved its caller's registers (DWARF 5, 6.4.2), at one of its addresses. */
final class FrameRules {
  /** Compilers remember one set of rules at a time. */
  private static final int MOST_REMEMBERED = 16;

  /** How a register of the caller is found. */
  enum Kind {
    UNDEFINED,
    SAME,
    AT_OFFSET,
    OFFSET,
    REGISTER,
    AT_EXPRESSION,
    EXPRESSION
  }

  /**
   * A rule.
   *
   * @param value an offset from the frame's address, or a register
   */
  record Rule(Kind kind, long value, FrameReader expression) {
    private static Rule of(Kind kind, long value) {
      return new Rule(kind, value, null);
    }
  }

  /** The frame's address: a register and an offset, or an expression. */
  private record Start(int register, long offset, FrameReader expression) {}

  private record State(Start start, Map<Integer, Rule> rules) {}

  private final FrameTable.Common common;
  private Start start = new Start(-1, 0, null);
  private Map<Integer, Rule> rules = new HashMap<>();
  private Map<Integer, Rule> initial = Map.of();
  private final Deque<State> remembered = new ArrayDeque<>();

  private FrameRules(FrameTable.Common common) {
    this.common = common;
  }

  /**
   * The rules at an address of a function.
   *
   * @return empty if an instruction is not known
   * @throws dev.hardwire.bytes.BytesException if the instructions are damaged
   */
  static Optional<FrameRules> of(FrameTable.Function function, long address) {
    FrameRules rules = new FrameRules(function.common());
    if (!rules.run(copy(function.common().instructions()), 0, Long.MAX_VALUE)) {
      return Optional.empty();
    }
    rules.initial = Map.copyOf(rules.rules);
    return rules.run(copy(function.instructions()), function.start(), address)
        ? Optional.of(rules)
        : Optional.empty();
  }

  private static FrameReader copy(FrameReader instructions) {
    return instructions.part(instructions.at(), instructions.at() + instructions.rest());
  }

  Optional<Rule> rule(int register) {
    return Optional.ofNullable(rules.get(register));
  }

  int startRegister() {
    return start.register();
  }

  long startOffset() {
    return start.offset();
  }

  /** The expression of the frame's address; empty if it is a register and an offset. */
  Optional<FrameReader> startExpression() {
    return Optional.ofNullable(start.expression()).map(FrameRules::copy);
  }

  private boolean run(FrameReader in, long from, long wanted) {
    long address = from;
    while (in.hasMore()) {
      int code = in.u8();
      int low = code & 0x3f;
      long next = address;
      switch (code >> 6) {
        case 1 -> next += low * common.codeFactor();
        case 2 -> put(low, Rule.of(Kind.AT_OFFSET, in.unsigned() * common.dataFactor()));
        case 3 -> restore(low);
        default -> {
          if (low >= 1 && low <= 4) {
            next = advanced(low, in, address);
          } else if (!registerRule(low, in) && !frameRule(low, in)) {
            return false;
          }
        }
      }
      if (Long.compareUnsigned(next, wanted) > 0) {
        return true;
      }
      address = next;
    }
    return true;
  }

  private long advanced(int code, FrameReader in, long address) {
    return switch (code) {
      case 1 -> in.pointer(common.encoding());
      case 2 -> address + in.u8() * common.codeFactor();
      case 3 -> address + in.u16() * common.codeFactor();
      default -> address + in.u32() * common.codeFactor();
    };
  }

  private void put(long register, Rule rule) {
    rules.put((int) register, rule);
  }

  private void restore(long register) {
    Rule before = initial.get((int) register);
    if (before == null) {
      rules.remove((int) register);
    } else {
      rules.put((int) register, before);
    }
  }

  private boolean registerRule(int code, FrameReader in) {
    if (code == 6) {
      restore(in.unsigned());
      return true;
    }
    Kind kind =
        switch (code) {
          case 5, 0x11, 0x2f -> Kind.AT_OFFSET;
          case 7 -> Kind.UNDEFINED;
          case 8 -> Kind.SAME;
          case 9 -> Kind.REGISTER;
          case 0x10 -> Kind.AT_EXPRESSION;
          case 0x14, 0x15 -> Kind.OFFSET;
          case 0x16 -> Kind.EXPRESSION;
          default -> null;
        };
    if (kind == null) {
      return false;
    }
    long register = in.unsigned();
    switch (code) {
      case 5, 0x14 -> put(register, Rule.of(kind, in.unsigned() * common.dataFactor()));
      case 0x11, 0x15 -> put(register, Rule.of(kind, in.signed() * common.dataFactor()));
      case 0x2f -> put(register, Rule.of(kind, -in.unsigned() * common.dataFactor()));
      case 9 -> put(register, Rule.of(kind, in.unsigned()));
      case 0x10, 0x16 -> put(register, new Rule(kind, 0, block(in)));
      default -> put(register, Rule.of(kind, 0));
    }
    return true;
  }

  private boolean frameRule(int code, FrameReader in) {
    switch (code) {
      case 0 -> {
        // padding
      }
      case 0x0a -> {
        if (remembered.size() == MOST_REMEMBERED) {
          return false;
        }
        remembered.push(new State(start, Map.copyOf(rules)));
      }
      case 0x0b -> {
        if (remembered.isEmpty()) {
          return false;
        }
        State state = remembered.pop();
        start = state.start();
        rules = new HashMap<>(state.rules());
      }
      case 0x0c -> start = new Start((int) in.unsigned(), in.unsigned(), null);
      case 0x0d -> start = new Start((int) in.unsigned(), start.offset(), null);
      case 0x0e -> start = new Start(start.register(), in.unsigned(), null);
      case 0x0f -> start = new Start(-1, 0, block(in));
      case 0x12 -> start = new Start((int) in.unsigned(), in.signed() * common.dataFactor(), null);
      case 0x13 -> start = new Start(start.register(), in.signed() * common.dataFactor(), null);
      case 0x2e -> in.unsigned(); // the size of arguments on the stack
      default -> {
        return false;
      }
    }
    return true;
  }

  private static FrameReader block(FrameReader in) {
    long size = in.unsigned();
    FrameReader block = in.part(in.at(), in.at() + size);
    in.skip(size);
    return block;
  }
}
