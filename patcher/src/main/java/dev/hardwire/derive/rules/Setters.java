package dev.hardwire.derive.rules;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.flow.Instructions;
import dev.hardwire.derive.module.Module;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Functions of glibc that set attributes, and what their code writes where. */
final class Setters {
  /**
   * A function that sets something in the object that is its first argument.
   *
   * @param function its index
   * @param offset of the word that it writes, in bytes
   * @param size of the word, in bytes
   * @param bit that it sets; 0 if its second argument says which
   */
  record Setter(int function, long offset, int size, long bit) {}

  private final Module module;

  Setters(Module module) {
    this.module = module;
  }

  /** Which bit says that a thread does not inherit its scheduling. */
  Optional<Setter> inherit(int function) {
    long bit = 0;
    int stores = 0;
    long offset = 0;
    for (Instructions code = new Instructions(module, function); code.next(); ) {
      Instruction now = code.now();
      if (now.kind() == Kind.OR_IMMEDIATE) {
        bit |= now.immediate();
      } else if (now.kind() == Kind.STORE && now.base() == Instruction.RDI) {
        offset = now.displacement();
        stores += now.size() == Integer.BYTES ? 1 : 2;
      }
    }
    return stores == 1 && Long.bitCount(bit) == 1 && offset > 0
        ? Optional.of(new Setter(function, offset, Integer.BYTES, bit))
        : Optional.empty();
  }

  /** Where the flags of a new process are. */
  Optional<Setter> flags(int function) {
    int stores = 0;
    long offset = 0;
    for (Instructions code = new Instructions(module, function); code.next(); ) {
      Instruction now = code.now();
      if (now.kind() == Kind.STORE) {
        boolean fits = now.base() == Instruction.RDI && now.reg() == Instruction.RSI;
        stores += now.size() == Short.BYTES && fits ? 1 : 2;
        offset = now.displacement();
      }
    }
    return stores == 1
        ? Optional.of(new Setter(function, offset, Short.BYTES, 0))
        : Optional.empty();
  }

  /** The first word of the action that a function adds; -1 if that is not known. */
  long kind(int function) {
    List<Long> kinds = new ArrayList<>();
    for (Instructions code = new Instructions(module, function); code.next(); ) {
      Instruction now = code.now();
      if (now.kind() == Kind.STORE_IMMEDIATE
          && now.size() == Integer.BYTES
          && now.displacement() == 0
          && now.index() < 0
          && now.base() != Instruction.RSP) {
        kinds.add(now.immediate());
      }
    }
    return kinds.size() == 1 && kinds.get(0) >= 0 ? kinds.get(0) : -1;
  }
}
