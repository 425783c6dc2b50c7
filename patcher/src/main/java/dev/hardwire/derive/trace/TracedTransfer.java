package dev.hardwire.derive.trace;

import static dev.hardwire.derive.decode.Instruction.RAX;
import static dev.hardwire.derive.decode.Instruction.RBP;
import static dev.hardwire.derive.decode.Instruction.RSP;
import static dev.hardwire.derive.decode.Kind.STORE;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.flow.FlagTest;
import dev.hardwire.derive.flow.Word;
import dev.hardwire.derive.flow.Word.Kind;
import java.util.Optional;
import java.util.Set;

/** What one instruction does to a state that is traced, unless it leads to another place. */
final class TracedTransfer {
  private static final int REGISTERS = 16;

  private static final int SSE = 16;

  /** The moves of SSE to memory. */
  private static final Set<Integer> MOVES =
      Set.of(0x11, 0x13, 0x17, 0x29, 0x2b, 0x7e, 0x7f, 0xd6, 0xe7);

  private final Instruction now;
  private final TracedOperand operand;

  /**
   * A step.
   *
   * @param now the instruction that is looked at
   * @param operand its memory operand
   */
  TracedTransfer(Instruction now, TracedOperand operand) {
    this.now = now;
    this.operand = operand;
  }

  /** Does what the instruction does. */
  void apply(TracedState state) {
    if (!compares(state)) {
      switch (now.kind()) {
        case MOVE, MOVE_IMMEDIATE, LEA, LOAD, POP, LEAVE, PUSH, PUSH_IMMEDIATE -> moves(state);
        case STORE, STORE_IMMEDIATE -> moves(state);
        default -> {
          state.compared(null);
          changes(state);
        }
      }
    }
  }

  private void moves(TracedState state) {
    int reg = now.reg();
    switch (now.kind()) {
      case MOVE -> state.set(reg, operand.sized(state.register(now.rm()), state));
      case MOVE_IMMEDIATE -> state.set(reg, Word.number(now.immediate()).low(now.size()));
      case LEA -> lea(state);
      case LOAD -> state.set(reg, operand.load(now.size(), state));
      case POP -> state.set(reg, pop(state));
      case LEAVE -> {
        state.set(RSP, state.register(RBP));
        state.set(RBP, pop(state));
      }
      case PUSH -> push(pushed(state), state);
      case PUSH_IMMEDIATE -> push(Word.number(now.immediate()), state);
      case STORE -> store(state.register(reg), state);
      default -> store(Word.number(now.immediate()), state);
    }
  }

  private void changes(TracedState state) {
    int reg = now.reg();
    switch (now.kind()) {
      case ZERO -> state.set(reg, Word.number(0));
      case ADD_IMMEDIATE -> {
        Word old = state.register(reg);
        state.set(reg, operand.sized(old.plus(now.immediate()), state));
        if (reg == RSP && old.is(Kind.STACK)) { // what was there before means nothing
          state.forget(old.number() + Math.min(now.immediate(), 0), old.number());
        }
      }
      case ADD -> add(reg, state.register(now.rm()), state);
      case AND_IMMEDIATE -> {
        logic(reg, state.register(reg).number() & now.immediate(), state);
        Word result = state.register(reg);
        state.compared(Word.compare(true, result, result, now.size()).orElse(null));
      }
      case OR_IMMEDIATE -> {
        boolean all = now.immediate() == -1;
        logic(reg, state.register(reg).number() | now.immediate(), state);
        state.set(reg, all ? Word.number(-1).low(now.size()) : state.register(reg));
      }
      case SIGN_EXTEND -> {
        Word word = now.hasMemory() ? operand.load(Integer.BYTES, state) : state.register(now.rm());
        state.exposeFrame(word);
        state.set(
            reg, word.is(Kind.NUMBER) ? Word.number(word.number() << 32 >> 32) : Word.UNKNOWN);
      }
      case SYSCALL -> {
        for (int i = 0; i < REGISTERS; i++) {
          state.expose(i == RSP ? Word.UNKNOWN : state.register(i));
        }
        state.forgetExposed();
        state.clobber(Instruction.SYSCALL_CHANGES);
      }
      default -> other(state);
    }
  }

  private void logic(int reg, long result, TracedState state) {
    Word old = state.register(reg);
    state.exposeFrame(old);
    state.set(reg, old.is(Kind.NUMBER) ? Word.number(result).low(now.size()) : Word.UNKNOWN);
  }

  private void add(int reg, Word addend, TracedState state) {
    Word sum = state.register(reg).plus(addend);
    if (sum.is(Kind.UNKNOWN)) {
      state.exposeFrame(state.register(reg));
      state.exposeFrame(addend);
    }
    state.set(reg, sum);
  }

  private void lea(TracedState state) {
    Word address = operand.address(state);
    if (address.is(Kind.UNKNOWN)) {
      operand.expose(state);
    }
    state.set(now.reg(), operand.sized(address, state));
  }

  private void store(Word word, TracedState state) {
    boolean part = now.kind() == STORE && now.size() < Integer.BYTES; // perhaps of ah to bh
    Word value = part ? Word.UNKNOWN : word.low(now.size());
    if (value.is(Kind.UNKNOWN)) {
      state.exposeFrame(word);
    }
    Word address = operand.address(state);
    if (address.is(Kind.STACK)) {
      state.store(address.number(), now.size(), value);
      return;
    }
    state.expose(word);
    stores(address, state);
  }

  /** Something that is not followed is stored. */
  private void stores(Word address, TracedState state) {
    if (address.is(Kind.STACK)) {
      boolean two = now.opcode() == 0x0f;
      boolean small = two ? MOVES.contains(now.second()) : !now.isVector();
      long end = small ? address.number() + SSE : state.end(address.number());
      state.forget(address.number(), end);
    } else if (address.is(Kind.UNKNOWN)) {
      operand.expose(state);
      state.forgetExposed();
    }
  }

  private Word pushed(TracedState state) {
    if (now.reg() >= 0) {
      return state.register(now.reg());
    }
    return now.hasMemory() ? operand.load(Long.BYTES, state) : Word.UNKNOWN;
  }

  private void push(Word word, TracedState state) {
    Word pointer = state.register(RSP).plus(-Long.BYTES);
    state.set(RSP, pointer);
    if (pointer.is(Kind.STACK)) {
      state.store(pointer.number(), Long.BYTES, word);
    }
  }

  private static Word pop(TracedState state) {
    Word pointer = state.register(RSP);
    state.set(RSP, pointer.plus(Long.BYTES));
    return pointer.is(Kind.STACK) ? state.load(pointer.number(), Long.BYTES) : Word.UNKNOWN;
  }

  /** An instruction that is not understood uses all registers that it names. */
  private void other(TracedState state) {
    int first = now.opcode();
    if (first == 0x03 && now.hasMemory() && now.size() == Long.BYTES) { // add from memory
      add(now.reg(), operand.load(Long.BYTES, state), state);
      return;
    }
    boolean plain = now.writes() == 0 && !now.storesMemory() && !now.isVector();
    if (!plain || (first == 0x0f && !isHint(now.second()))) {
      operands(state);
    }
    if (now.storesMemory() && !now.hasMemory()) { // of strings
      for (int i = Instruction.RSI; i <= Instruction.RDI; i++) {
        state.exposeFrame(state.register(i));
      }
      state.forgetExposed();
    } else if (now.storesMemory()) {
      stores(operand.address(state), state);
    }
    state.clobber(now.writes());
  }

  /** Whether an instruction of two bytes does nothing: a hint, or a prefetch. */
  private static boolean isHint(int second) {
    return second == 0x0d || (second >= 0x18 && second <= 0x1f);
  }

  private void operands(TracedState state) {
    if (now.reg() >= 0 && !now.isVector()) {
      state.exposeFrame(state.register(now.reg()));
    }
    if (now.rm() >= 0) { // in some vector instructions it is a general register
      state.exposeFrame(state.register(now.rm()));
    }
    if (now.isVector() && now.writes() != 0) { // or one that the decoder does not name
      for (int i = 0; i < REGISTERS; i++) {
        state.exposeFrame(i == RSP ? Word.UNKNOWN : state.register(i));
      }
    }
    if (now.hasMemory()) {
      Word address = operand.address(state);
      if (address.is(Kind.STACK)) {
        for (int at = 0; at < (now.isVector() ? Instruction.WIDEST : Long.BYTES); at++) {
          state.exposeFrame(state.load(address.number() + at, Long.BYTES));
        }
      } else {
        operand.expose(state);
      }
    }
  }

  /** Whether the instruction is a comparison, which sets the flags. */
  private boolean compares(TracedState state) {
    int first = now.opcode();
    int extension = now.extension();
    Word other = now.rm() < 0 ? Word.UNKNOWN : state.register(now.rm());
    int size = now.size();
    switch (first) {
      case 0x39, 0x3b, 0x85 -> {
        Word one = state.register(now.reg());
        Word two = now.hasMemory() ? operand.load(size, state) : other;
        boolean swapped = first == 0x3b;
        compared(first == 0x85, swapped ? one : two, swapped ? two : one, state);
      }
      case 0x3d, 0xa9 ->
          compared(first == 0xa9, state.register(RAX), Word.number(now.immediate()), state);
      case 0x81, 0x83, 0xf7 -> {
        boolean test = first == 0xf7 && extension < 2;
        if (!test && (first == 0xf7 || extension != 7)) {
          return false;
        }
        int named = now.rm() < 0 ? now.reg() : now.rm();
        Word left = now.hasMemory() ? operand.load(size, state) : state.register(named);
        compared(test, left, Word.number(now.immediate()), state);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void compared(boolean test, Word left, Word right, TracedState state) {
    Optional<FlagTest> known =
        now.size() < Integer.BYTES ? Optional.empty() : Word.compare(test, left, right, now.size());
    state.compared(known.orElse(null));
  }
}
