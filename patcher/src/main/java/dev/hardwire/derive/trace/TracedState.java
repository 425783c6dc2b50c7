package dev.hardwire.derive.trace;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.flow.FlagTest;
import dev.hardwire.derive.flow.Word;
import dev.hardwire.derive.flow.Word.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Registers and stack at one place of one way through functions that call each other.
 *
 * <p>Invariant: the parts of the stack whose address something else may know are exposed, and so is
 * what pointers in exposed parts lead to. Only exposed parts change without being named.
 */
final class TracedState {
  private static final int REGISTERS = 16;
  private static final long LOWEST = Long.MIN_VALUE / 2;

  /** What was stored at one place. */
  private record Cell(int size, Word word) {}

  private final Word[] registers;

  /** By distance from the first function's stack pointer; what is missing is unknown. */
  private final TreeMap<Long, Cell> cells;

  /** Ends of exposed ranges of the stack, by their starts. */
  private final TreeMap<Long, Long> exposed;

  /** The stack pointers with which functions were entered, the first one's first. */
  private final List<Long> frames;

  /** Of the flags; null if nothing is known. */
  private FlagTest last;

  private int file;
  private long address;

  private TracedState(
      Word[] registers, Map<Long, Cell> cells, Map<Long, Long> exposed, List<Long> frames) {
    this.registers = registers;
    this.cells = new TreeMap<>(cells);
    this.exposed = new TreeMap<>(exposed);
    this.frames = new ArrayList<>(frames);
  }

  /** At the start of a function, of whose caller nothing is known. */
  static TracedState start(int file, long address) {
    Word[] registers = new Word[REGISTERS];
    Arrays.fill(registers, Word.UNKNOWN);
    registers[Instruction.RSP] = Word.stack(0);
    TracedState state = new TracedState(registers, Map.of(), Map.of(), List.of(0L));
    state.goTo(file, address);
    return state;
  }

  TracedState copy() {
    TracedState copy = new TracedState(registers.clone(), cells, exposed, frames);
    copy.last = last;
    copy.goTo(file, address);
    return copy;
  }

  /** How much is known: words of the stack, and parts of it that are exposed. */
  int size() {
    return cells.size() + exposed.size();
  }

  int file() {
    return file;
  }

  long address() {
    return address;
  }

  void goTo(int newFile, long newAddress) {
    file = newFile;
    address = newAddress;
  }

  FlagTest last() {
    return last;
  }

  void compared(FlagTest comparison) {
    last = comparison;
  }

  Word register(int index) {
    return registers[index];
  }

  void set(int index, Word word) {
    registers[index] = word;
  }

  /** The word at a place of the stack. */
  Word load(long offset, int size) {
    Cell cell = cells.get(offset);
    if (cell != null && cell.size == size) {
      return cell.word;
    }
    parts(offset, size).forEach(this::expose); // pieces of pointers are not followed
    return cell != null && cell.size > size ? cell.word.low(size) : Word.UNKNOWN;
  }

  private List<Word> parts(long offset, long size) {
    List<Word> found = new ArrayList<>();
    cells
        .subMap(offset - Long.BYTES + 1, offset + size)
        .forEach(
            (at, cell) -> {
              if (at + cell.size > offset) {
                found.add(cell.word);
              }
            });
    return found;
  }

  void store(long offset, int size, Word word) {
    forget(offset, offset + size);
    if (!word.is(Kind.UNKNOWN)) {
      cells.put(offset, new Cell(size, word));
    }
    if (isExposed(offset, offset + 1)) {
      expose(word);
    }
  }

  /** A part of the stack gets values that are not known. */
  void forget(long from, long to) {
    cells
        .subMap(from - Long.BYTES + 1, to)
        .entrySet()
        .removeIf(entry -> entry.getKey() + entry.getValue().size > from);
  }

  /** Exposed parts of the stack may have changed. */
  void forgetExposed() {
    new TreeMap<>(exposed).forEach(this::forget);
  }

  /** Something else may know a word from now on: the object there, if it is on the stack. */
  void expose(Word word) {
    if (word.is(Kind.STACK)) {
      expose(word.number(), end(word.number()));
    }
  }

  /** The same with all objects of its function, and of those that this one called. */
  void exposeFrame(Word word) {
    if (word.is(Kind.STACK)) {
      expose(LOWEST, end(word.number()));
    }
  }

  private void expose(long from, long to) {
    if (isExposed(from, to)) {
      return;
    }
    exposed.put(from, to);
    for (Word word : parts(from, to - from)) {
      expose(word);
    }
  }

  private boolean isExposed(long from, long to) {
    return exposed.headMap(from, true).values().stream().anyMatch(end -> end >= to);
  }

  /** The end of the function's part of the stack: no object lies on both sides of it. */
  long end(long offset) {
    long end = Long.MAX_VALUE / 2;
    for (long frame : frames) {
      end = frame > offset ? Math.min(end, frame) : end;
    }
    return end;
  }

  /**
   * Calls something that is not followed.
   *
   * @param read the registers that it may read
   * @param readsStack whether it may have arguments on the stack
   * @return whether the stack is known
   */
  boolean call(int read, boolean readsStack) {
    Word pointer = registers[Instruction.RSP];
    if (!pointer.is(Kind.STACK)) {
      return false;
    }
    for (int i = 0; i < REGISTERS; i++) {
      if ((read >> i & 1) != 0) {
        expose(registers[i]);
      }
    }
    if (readsStack) {
      parts(pointer.number(), end(pointer.number()) - pointer.number()).forEach(this::expose);
    }
    forgetExposed();
    forget(LOWEST, pointer.number());
    clobber(Instruction.CALLER_SAVED);
    last = null;
    return true;
  }

  private long top() {
    return frames.get(frames.size() - 1);
  }

  void clobber(int mask) {
    for (int i = 0; i < REGISTERS; i++) {
      if ((mask >> i & 1) != 0) {
        registers[i] = Word.UNKNOWN;
      }
    }
  }

  boolean hasStack() {
    return registers[Instruction.RSP].is(Kind.STACK);
  }

  /** How many functions were entered and not left. */
  int depth() {
    return frames.size();
  }

  /** Enters a function whose return address was pushed; whether that is on the stack. */
  boolean enter() {
    Word pointer = registers[Instruction.RSP];
    if (!pointer.is(Kind.STACK) || pointer.number() >= top()) {
      return false;
    }
    frames.add(pointer.number());
    last = null;
    return true;
  }

  /** Leaves a function for its caller; whether the stack is as it was when it was entered. */
  boolean leave() {
    Word pointer = registers[Instruction.RSP];
    if (!pointer.equals(Word.stack(top()))) {
      return false;
    }
    Word target = load(top(), Long.BYTES);
    long above = top() + Long.BYTES;
    frames.remove(frames.size() - 1);
    registers[Instruction.RSP] = Word.stack(above);
    forget(LOWEST, above);
    exposed.headMap(above).entrySet().removeIf(range -> range.getValue() <= above);
    last = null;
    if (!target.is(Kind.ADDRESS)) {
      return false;
    }
    goTo(target.file(), target.number());
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TracedState that
        && file == that.file
        && address == that.address
        && Arrays.equals(registers, that.registers)
        && Objects.equals(last, that.last)
        && frames.equals(that.frames)
        && exposed.equals(that.exposed)
        && cells.equals(that.cells);
  }

  @Override
  public int hashCode() {
    return Objects.hash(file, address, Arrays.hashCode(registers), last, frames, exposed, cells);
  }
}
