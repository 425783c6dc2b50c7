package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.flow.Atom.Base;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Registers and stack slots at one place of a function. */
public final class State {
  private static final int REGISTERS = 16;

  /** Below, slots are the function's own; from here on, the return address and arguments. */
  private static final long FRAME_END = 0;

  private static final int SPACE = 40;

  final Value[] registers;
  private final Map<Long, Value> stack;

  private State(Value[] registers, Map<Long, Value> stack) {
    this.registers = registers;
    this.stack = stack;
  }

  /** At the start of a function. */
  static State start() {
    Value[] registers = new Value[REGISTERS];
    for (int i = 0; i < REGISTERS; i++) {
      registers[i] = Value.of(new Atom(Base.ARGUMENT, i, 0));
    }
    registers[Instruction.RSP] = Value.of(new Atom(Base.STACK, 0, 0));
    return new State(registers, new HashMap<>());
  }

  /** Where nothing is known. */
  static State unknown() {
    Value[] registers = new Value[REGISTERS];
    Arrays.fill(registers, Value.ANY);
    registers[Instruction.RSP] = Value.of(new Atom(Base.STACK, -1, 0));
    return new State(registers, new HashMap<>());
  }

  State copy() {
    return new State(registers.clone(), new HashMap<>(stack));
  }

  /** The value of a register. */
  public Value register(int index) {
    return registers[index];
  }

  private static long place(long key, long offset) {
    return (key << SPACE) + offset;
  }

  /** The word at an atom that is relative to the stack. */
  Value load(Atom at) {
    Value found = stack.get(place(at.key(), at.offset()));
    if (found != null) {
      return found;
    }
    return at.key() == 0 && at.offset() > FRAME_END
        ? Value.of(new Atom(Base.STACK_ARGUMENT, at.offset(), 0))
        : Value.ANY;
  }

  /**
   * The word at an offset from the stack pointer at a call: an argument of what is called.
   *
   * @param offset from the stack pointer that the called function starts with
   */
  public Value stackArgument(long offset) {
    Atom pointer = registers[Instruction.RSP].single();
    return pointer == null || !pointer.is(Base.STACK)
        ? Value.ANY
        : load(pointer.plus(offset - Long.BYTES));
  }

  void store(Atom at, Value value, int size) {
    forget(at, at.offset() - Long.BYTES + 1, at.offset() + size);
    stack.put(place(at.key(), at.offset()), value);
  }

  /** Forgets the words that begin in a range of offsets. */
  void forget(Atom at, long from, long to) {
    if (to - from <= 2L * Long.BYTES) {
      for (long offset = from; offset < to; offset++) {
        long place = place(at.key(), offset);
        if (offset > FRAME_END && at.key() == 0) {
          stack.put(place, Value.ANY);
        } else {
          stack.remove(place);
        }
      }
      return;
    }
    stack.replaceAll(
        (place, value) ->
            place >= place(at.key(), from) && place < place(at.key(), to) ? Value.ANY : value);
    for (long offset = Math.max(from, 1); at.key() == 0 && offset < to; offset++) {
      stack.put(place(0, offset), Value.ANY);
    }
  }

  /** Forgets the words of the function's own frame from an offset on. */
  void forgetFrame(long key, long from) {
    stack.keySet().removeIf(place -> place >= place(key, from) && place < place(key, FRAME_END));
  }

  /**
   * Adds the values of another way to the same place.
   *
   * @return whether anything was added
   */
  boolean join(State other, boolean widen) {
    boolean changed = false;
    for (int i = 0; i < REGISTERS; i++) {
      Value both = registers[i].or(other.registers[i]);
      if (!both.equals(registers[i])) {
        registers[i] = widen && i != Instruction.RSP ? Value.ANY : both;
        changed = true;
      }
    }
    for (Map.Entry<Long, Value> entry : stack.entrySet()) {
      Value theirs = other.at(entry.getKey());
      Value both = entry.getValue().or(theirs);
      if (!both.equals(entry.getValue())) {
        entry.setValue(widen ? Value.ANY : both);
        changed = true;
      }
    }
    for (Map.Entry<Long, Value> entry : other.stack.entrySet()) {
      Value mine = at(entry.getKey());
      if (!stack.containsKey(entry.getKey()) && !mine.isAny()) { // an argument, changed there
        stack.put(entry.getKey(), mine.or(entry.getValue()));
        changed |= !mine.or(entry.getValue()).equals(mine);
      }
    }
    return changed;
  }

  private Value at(long place) {
    Value found = stack.get(place);
    if (found != null) {
      return found;
    }
    boolean argument = place > FRAME_END && place < 1L << (SPACE - 1);
    return argument ? Value.of(new Atom(Base.STACK_ARGUMENT, place, 0)) : Value.ANY;
  }
}
