package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.flow.Atom.Base;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Registers and stack slots at one place of a function.
 *
 * <p>Invariant: the stack slots are in the order of their places; one without an entry has the
 * value that {@link #initial} gives. A word whose upper half was overwritten has none; its lower
 * half has a place of its own, {@value #HALVES} bases further.
 */
public final class State {
  static final int REGISTERS = 16;

  /** Arguments on the stack are looked at up to here, in bytes. */
  public static final int DEEPEST = 64;

  /** The registers for arguments of C: rdi, rsi, rdx, rcx, r8, r9. */
  public static final List<Integer> ARGUMENTS = List.of(7, 6, 2, 1, 8, 9);

  /** The base of the stack where functions are entered from places that are not known. */
  static final int UNKNOWN = -1;

  /** The same where that is by unwinding: the slots have what they had. */
  static final int UNWOUND = -2;

  /** Registers that keep their values when the stack is unwound: rbx, rbp, r12 to r15. */
  private static final int KEPT = 0xf028;

  /** Below, slots are the function's own; from here on, the return address and arguments. */
  private static final long FRAME_END = 0;

  private static final int SPACE = 40;

  /** The least offset that slots have. */
  private static final long FRAME_START = -1L << (SPACE - 1);

  /** Added to the base of the stack in the places of lower halves. */
  private static final long HALVES = 1L << 22;

  private static final long[] NO_PLACES = new long[0];
  private static final Value[] NO_VALUES = new Value[0];

  final Value[] registers;
  private long[] places;
  private Value[] values;
  private int size;

  /** Whether another state has the same arrays. */
  private boolean shared;

  /** A bit for each register that may have been named since the start, and since {@link #leave}. */
  private int named = Instruction.ALL;

  /** A bit for each register that may have what a called function has left there. */
  private int left;

  private State(Value[] registers, long[] places, Value[] values, int size, boolean shared) {
    this.registers = registers;
    this.places = places;
    this.values = values;
    this.size = size;
    this.shared = shared;
  }

  /** From registers and {@link #slots}. */
  static State of(Value[] registers, long[] places, Value[] values) {
    return new State(registers, places, values, places.length, true);
  }

  int size() {
    return size;
  }

  /** The slots that have other values than at the start, in the order of their places. */
  void slots(BiConsumer<Long, Value> visitor) {
    for (int i = 0; i < size; i++) {
      visitor.accept(places[i], values[i]);
    }
  }

  /** At the start of a function. */
  static State start() {
    Value[] registers = new Value[REGISTERS];
    for (int i = 0; i < REGISTERS; i++) {
      registers[i] = Value.of(new Atom(Base.ARGUMENT, i, 0));
    }
    registers[Instruction.RSP] = Value.of(new Atom(Base.STACK, 0, 0));
    State state = new State(registers, NO_PLACES, NO_VALUES, 0, true);
    state.named = 0;
    return state;
  }

  /** Where nothing is known. */
  static State unknown() {
    Value[] registers = new Value[REGISTERS];
    Arrays.fill(registers, Value.ANY);
    registers[Instruction.RSP] = Value.of(new Atom(Base.STACK, UNKNOWN, 0));
    return new State(registers, NO_PLACES, NO_VALUES, 0, true);
  }

  /**
   * Where the function goes on after the stack was unwound.
   *
   * @param calls what may be at the calls that this goes through; null if that is not known
   */
  static State unwound(State calls) {
    State state = calls == null ? unknown() : calls.copy();
    state.named = Instruction.ALL;
    for (int i = 0; i < REGISTERS; i++) {
      if (calls == null || (KEPT >> i & 1) == 0) {
        state.registers[i] = calls == null && (KEPT >> i & 1) != 0 ? Value.ALL : Value.ANY;
      }
    }
    Atom pointer = calls == null ? null : calls.registers[Instruction.RSP].single();
    state.registers[Instruction.RSP] =
        Value.of(pointer == null ? new Atom(Base.STACK, UNWOUND, 0) : pointer);
    return state;
  }

  State copy() {
    shared = true;
    State copy = new State(registers.clone(), places, values, size, true);
    copy.named = named;
    copy.left = left;
    return copy;
  }

  /** An instruction names registers: it reads them, or writes to them. */
  void name(int mask) {
    named |= mask;
  }

  /** A called function leaves anything in registers. */
  void leave(int mask) {
    named &= ~mask;
    left |= mask;
  }

  /**
   * How many of the registers for arguments a call may use. Compilers set all up to that of the
   * last argument. So one that nothing has named since a called function left anything there, or
   * since the start, is none.
   */
  int mostArguments() {
    int count = 0;
    while (count < ARGUMENTS.size() && (left & ~named & 1 << ARGUMENTS.get(count)) == 0) {
      count++;
    }
    return count;
  }

  /** The registers, and the stack slots that may be arguments of a function called here. */
  State arguments(long deepest) {
    State kept = new State(registers.clone(), NO_PLACES, NO_VALUES, 0, true);
    Arrays.setAll(kept.registers, i -> registers[i].recorded());
    Atom pointer = registers[Instruction.RSP].single();
    if (pointer != null && pointer.is(Base.STACK)) {
      copy(place(pointer.key(), pointer.offset()), deepest, kept);
      copy(place(pointer.key() + HALVES, pointer.offset()), deepest, kept);
    }
    return kept;
  }

  private void copy(long from, long length, State into) {
    for (int i = index(from); i < size && places[i] <= from + length; i++) {
      into.set(places[i], values[i].recorded());
    }
  }

  public Value register(int index) {
    return registers[index];
  }

  private static long place(long key, long offset) {
    return (key << SPACE) + offset;
  }

  private int index(long place) {
    int found = Arrays.binarySearch(places, 0, size, place);
    return found < 0 ? -found - 1 : found;
  }

  private void own(int room) {
    if (shared || places.length < room) {
      int length = Math.max(room, size + 4);
      places = Arrays.copyOf(places, length);
      values = Arrays.copyOf(values, length);
      shared = false;
    }
  }

  private void set(long place, Value value) {
    int at = index(place);
    if (at < size && places[at] == place) {
      if (!values[at].equals(value)) {
        own(size);
        values[at] = value;
      }
      return;
    }
    own(size + 1 > places.length ? size + 8 : size + 1);
    System.arraycopy(places, at, places, at + 1, size - at);
    System.arraycopy(values, at, values, at + 1, size - at);
    places[at] = place;
    values[at] = value;
    size++;
  }

  private void remove(int from, int to) {
    if (from < to) {
      own(size);
      System.arraycopy(places, to, places, from, size - to);
      System.arraycopy(values, to, values, from, size - to);
      size -= to - from;
    }
  }

  /** What a slot has that was not written. */
  private static Value initial(long place) {
    if (place > FRAME_END && place < 1L << (SPACE - 1)) {
      return Value.of(new Atom(Base.STACK_ARGUMENT, place, 0));
    }
    return place < place(UNWOUND, 1L << (SPACE - 1)) && place >= place(UNWOUND, -1L << (SPACE - 1))
        ? Value.ALL
        : Value.ANY;
  }

  private Value at(long place) {
    int at = index(place);
    return at < size && places[at] == place ? values[at] : initial(place);
  }

  /** The 32-bit number at some bytes from a place on the stack. */
  public Value half(Atom place, long offset) {
    return load(place.plus(offset), Integer.BYTES);
  }

  /** What is at an atom that is relative to the stack. */
  Value load(Atom at, int bytes) {
    Value word = at(place(at.key(), at.offset()));
    if (bytes > Integer.BYTES || !word.isAny()) {
      return word;
    }
    Value half = at(place(at.key() + HALVES, at.offset()));
    return half.isAny() ? word : half;
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
        : load(pointer.plus(offset - Long.BYTES), Long.BYTES);
  }

  /** All values in slots with the base of an atom. */
  Value all(Atom atom) {
    return above(new Atom(Base.STACK, atom.key(), FRAME_START));
  }

  /** All values in slots with the base of an atom, at its offset or above. */
  Value above(Atom atom) {
    Value result = atom.key() == UNWOUND ? Value.ALL : Value.ANY;
    for (long key : new long[] {atom.key(), atom.key() + HALVES}) {
      long end = place(key, (1L << (SPACE - 1)) - 1);
      for (int i = index(place(key, atom.offset())); i < size && places[i] <= end; i++) {
        result = result.or(values[i].widened());
      }
    }
    return result;
  }

  void store(Atom at, Value value, int bytes) {
    long from = at.offset() - Long.BYTES + 1;
    long to = at.offset() + bytes;
    long lower = at.offset() - Integer.BYTES; // so far, lower halves keep what they have
    int first = index(place(at.key(), from));
    int end = index(place(at.key(), to));
    long[] halves = NO_PLACES;
    Value[] kept = NO_VALUES;
    for (int i = first; i < end && places[i] <= place(at.key(), lower); i++) {
      Value half = values[i].low();
      if (!half.isAny()) {
        halves = Arrays.copyOf(halves, halves.length + 1);
        kept = Arrays.copyOf(kept, halves.length);
        halves[halves.length - 1] = places[i] + (HALVES << SPACE);
        kept[halves.length - 1] = half;
      }
    }
    remove(first, end);
    arguments(at, from, to);
    set(place(at.key(), at.offset()), value);
    remove(index(place(at.key() + HALVES, lower + 1)), index(place(at.key() + HALVES, to)));
    for (int i = 0; i < halves.length; i++) {
      set(halves[i], kept[i]);
    }
  }

  private void arguments(Atom at, long from, long to) {
    for (long offset = Math.max(from, 1); at.key() == 0 && offset < to; offset++) {
      set(place(0, offset), Value.ANY);
    }
  }

  /** Words that begin in a range of offsets may be overwritten. */
  void forget(Atom at, long from, long to) {
    for (long key : new long[] {at.key(), at.key() + HALVES}) {
      int end = index(place(key, to));
      for (int i = index(place(key, from)); i < end; i++) {
        Value left = values[i].widened();
        if (!left.equals(values[i])) {
          own(size);
          values[i] = left;
        }
      }
    }
    arguments(at, from, to);
  }

  /**
   * The stack pointer is somewhere: from now on, slots are those around that place. Nothing leads
   * to the ones that were known before.
   */
  void loseStack() {
    for (int i = 0; i < REGISTERS; i++) {
      if (registers[i].atoms().stream().anyMatch(atom -> atom.is(Base.STACK))) {
        registers[i] = registers[i].widened();
      }
    }
    registers[Instruction.RSP] = Value.of(new Atom(Base.STACK, UNKNOWN, 0));
    places = NO_PLACES;
    values = NO_VALUES;
    size = 0;
    shared = true;
  }

  /** Forgets the words of the function's own frame: others may change them. */
  void forgetFrame(long key) {
    remove(index(place(key, FRAME_START)), index(place(key, frameEnd(key))));
    remove(index(place(key + HALVES, FRAME_START)), index(place(key + HALVES, frameEnd(key))));
  }

  /** The same, but for the addresses that may still be there. */
  void forgetNumbers(long key) {
    forget(new Atom(Base.STACK, key, 0), FRAME_START, frameEnd(key));
  }

  /** Only at the start it is known what is above the stack pointer: nothing of the function. */
  private static long frameEnd(long key) {
    return key == 0 ? FRAME_END : -FRAME_START;
  }

  /** Forgets the words that the function got on the stack. */
  void forgetArguments() {
    forget(new Atom(Base.STACK, 0, 0), FRAME_END, DEEPEST + 2 * Long.BYTES);
  }

  /**
   * Adds the values of another way to the same place.
   *
   * @return whether anything was added
   */
  boolean join(State other, boolean widen) {
    boolean changed = (named | other.named) != named || (left | other.left) != left;
    named |= other.named;
    left |= other.left;
    for (int i = 0; i < REGISTERS; i++) {
      if (!registers[i].covers(other.registers[i])) {
        Value both = registers[i].or(other.registers[i]);
        registers[i] = widen && i != Instruction.RSP ? both.widened() : both;
        changed = true;
      }
    }
    return (places != other.places && joinStack(other, widen)) || changed;
  }

  private boolean joinStack(State other, boolean widen) {
    long[] allPlaces = null;
    Value[] allValues = null;
    int count = 0;
    int i = 0;
    int j = 0;
    while (i < size || j < other.size) {
      long mine = i < size ? places[i] : Long.MAX_VALUE;
      long theirs = j < other.size ? other.places[j] : Long.MAX_VALUE;
      long place = Math.min(mine, theirs);
      Value old = mine == place ? values[i] : initial(place);
      Value added = theirs == place ? other.values[j++] : initial(place);
      boolean grows = !old.covers(added);
      if (grows && allPlaces == null) { // up to here, nothing was added
        allPlaces = Arrays.copyOf(places, size + other.size);
        allValues = Arrays.copyOf(values, size + other.size);
        count = i;
      }
      i += mine == place ? 1 : 0;
      if (allPlaces != null) {
        Value both = grows ? old.or(added) : old;
        both = grows && widen ? both.widened() : both;
        if (!both.equals(Value.ANY) || (place > FRAME_END && place < place(HALVES / 2, 0))) {
          allPlaces[count] = place;
          allValues[count++] = both;
        }
      }
    }
    if (allPlaces == null) {
      return false;
    }
    places = allPlaces;
    values = allValues;
    size = count;
    shared = false;
    return true;
  }
}
