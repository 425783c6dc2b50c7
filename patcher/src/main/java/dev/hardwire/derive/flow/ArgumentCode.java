package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Decoder;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Module;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The instructions of one function that may run if some arguments are known numbers: a branch that
 * compares only numbers that are known goes one way, and so does a jump by a table whose index is
 * known. What is not understood goes all ways.
 */
public final class ArgumentCode {
  private static final int ENTRY_SCALE = 2;
  private static final int NO_CONDITION = -1;

  private final Module module;
  private final byte[] bytes;
  private final long start;
  private final long end;
  private final Callees callees;
  private final Decoder decoder;
  private final Instruction now = new Instruction();
  private final Map<Long, Constants> states = new HashMap<>();
  private final ArrayDeque<Long> open = new ArrayDeque<>();
  private boolean understood = true;

  private ArgumentCode(Module module, int function, Callees callees) {
    this.module = module;
    this.bytes = module.image().bytes();
    this.start = module.functions().start(function);
    this.end = module.functions().end(function);
    this.callees = callees;
    this.decoder = new Decoder(bytes);
  }

  /**
   * The addresses of the instructions that may run; empty if that is not known. Nothing may lead
   * into the middle of the function ({@link LiveCode#isEnteredInside}).
   *
   * @param arguments the numbers of registers
   */
  public static Optional<Set<Long>> of(
      Module module, int function, Map<Integer, Long> arguments, Callees callees) {
    ArgumentCode code = new ArgumentCode(module, function, callees);
    code.enter(code.start, Constants.start(arguments));
    while (!code.open.isEmpty() && code.understood) {
      long address = code.open.remove();
      code.run(address, code.states.get(address).copy());
    }
    return code.understood ? Optional.of(code.states.keySet()) : Optional.empty();
  }

  private void enter(long address, Constants state) {
    if (address < start || address >= end) {
      return; // another function
    }
    Constants known = states.get(address);
    if (known == null) {
      states.put(address, state.copy());
      open.add(address);
    } else if (known.join(state)) {
      open.add(address);
    }
  }

  private void run(long from, Constants state) {
    int offset = module.image().offset(from);
    decoder.decode(offset, (int) (offset + end - from), from, now);
    if (now.kind() == Kind.INVALID || now.kind() == Kind.I386_CALL) {
      understood = false;
      return;
    }
    long next = from + now.length();
    switch (now.kind()) {
      case BRANCH -> {
        int condition = condition(offset);
        Optional<Boolean> taken =
            state.last() == null || condition == NO_CONDITION
                ? Optional.empty()
                : state.last().holds(condition);
        state.apply(now);
        if (taken.orElse(true)) {
          enter(now.target(), state);
        }
        if (!taken.orElse(false)) {
          enter(next, state);
        }
      }
      case JUMP -> enter(now.target(), state);
      case JUMP_INDIRECT -> {
        understood = !now.hasMemory() && state.isKnown(now.rm());
        enter(understood ? state.value(now.rm()) : start, state);
      }
      case RETURN, STOP -> {
        // nothing follows
      }
      default -> {
        if (!callees.isLast(module, now)) {
          step(offset, state);
          enter(next, state);
        }
      }
    }
  }

  private int condition(int offset) {
    int at = opcode(offset);
    int opcode = bytes[at] & 0xff;
    if (opcode == 0x0f) {
      opcode = bytes[at + 1] & 0xff;
      return (opcode & 0xf0) == 0x80 ? opcode & 0xf : NO_CONDITION;
    }
    return (opcode & 0xf0) == 0x70 ? opcode & 0xf : NO_CONDITION; // or jrcxz, loop, xbegin
  }

  /** The place of the first byte behind the prefixes. */
  private int opcode(int offset) {
    int at = offset;
    while (isPrefix(bytes[at] & 0xff)) {
      at++;
    }
    return at;
  }

  private static boolean isPrefix(int prefix) {
    return (prefix & 0xf0) == 0x40
        || switch (prefix) {
          case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 -> true;
          default -> false;
        };
  }

  private void step(int offset, Constants state) {
    int at = opcode(offset);
    int opcode = bytes[at] & 0xff;
    int extension = bytes[at + 1] >> 3 & 7;
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
    boolean both = known && state.isKnown(left) && now.size() >= Integer.BYTES;
    state.compared(both ? new Comparison(test, state.value(left), right, now.size()) : null);
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
        && Step.isConstant(module, place)
        && Step.isConstant(module, place + Integer.BYTES - 1)) {
      state.set(now.reg(), module.image().half(place));
    }
  }
}
