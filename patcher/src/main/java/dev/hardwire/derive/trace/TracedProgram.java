package dev.hardwire.derive.trace;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.flow.Word;
import dev.hardwire.derive.module.Module;

/** What a trace asks about the program. Functions have numbers across the files. */
public interface TracedProgram {
  /** The number of a function whose calls are recorded instead of being followed. */
  int recorded();

  Module module(int file);

  /** The function at an address of a file; -1 for none. */
  int at(int file, long address);

  /** The function that is called through a slot of a file; -1 if that is not known. */
  int called(int file, long slot);

  /** The file of a function. */
  int file(int function);

  long start(int function);

  /** The first address behind a function. */
  long end(int function);

  boolean isTraceable(int function);

  /** Whether a function is followed where it is called. */
  boolean isFollowed(int function);

  /** Whether a function has callers of its own, and is not part of another. */
  boolean isEntry(int function);

  /** How many arguments a function has, all of them in registers; -1 if that is not known. */
  int arguments(int function);

  /** The registers that a function may read, as bits (x86-64 psABI, 3.2.3). */
  default int read(int function) {
    return switch (function < 0 ? -1 : arguments(function)) {
      case 0 -> 0;
      case 1 -> 0x80;
      case 2 -> 0xc0;
      case 3 -> 0xc4;
      default -> Instruction.CALLER_SAVED;
    };
  }

  Word address(int file, long address);

  /** The same for a number that is an address of a file with fixed addresses. */
  Word located(Word word);

  /** What memory has at a place as long as the program runs; unknown if it may change. */
  Word constant(Word place, int size);
}
