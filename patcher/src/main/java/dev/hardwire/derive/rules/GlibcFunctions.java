package dev.hardwire.derive.rules;

import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.flow.Instructions;
import dev.hardwire.derive.flow.LiveCode;
import dev.hardwire.derive.link.Flows;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Symbols;
import java.util.BitSet;
import java.util.Set;

/** The functions of glibc, which rules are about: their names, and which call which. */
final class GlibcFunctions {
  private final Linked linked;
  private final int library;
  private final Symbols symbols;
  private final BitSet exported = new BitSet();

  /**
   * Reads the names.
   *
   * @param library the index of glibc
   */
  GlibcFunctions(Linked linked, int library) {
    this.linked = linked;
    this.library = library;
    this.symbols = module().symbols();
    for (int symbol : symbols.functions()) {
      int id = linked.at(library, symbols.value(symbol));
      if (id >= 0) {
        exported.set(id);
      }
    }
  }

  Module module() {
    return linked.module(library);
  }

  /** The number of a function in all files. */
  int id(int function) {
    return linked.id(library, function);
  }

  /** The default version of a function; -1 if there is none. */
  int named(String name) {
    int symbol = symbols.find(name, "");
    return symbol == 0 ? -1 : linked.at(library, symbols.value(symbol));
  }

  /** The same as an index in the library. */
  int index(String name) {
    int id = named(name);
    return id < 0 ? -1 : linked.functionOf(id);
  }

  BitSet versions(Set<String> names) {
    BitSet found = new BitSet();
    for (String name : names) {
      for (int symbol : symbols.all(name)) {
        int id = symbols.isFunction(symbol) ? linked.at(library, symbols.value(symbol)) : -1;
        if (id >= 0) {
          found.set(id);
        }
      }
    }
    return found;
  }

  /** Whether a function has no name that other files may use. */
  boolean isInternal(int id) {
    return !exported.get(id);
  }

  /** Whether nothing leads into the middle of a function. */
  boolean isWhole(int id) {
    return !LiveCode.isEnteredInside(module(), linked.functionOf(id));
  }

  /** Whether a function takes addresses of others, all of which have no return instruction. */
  boolean takesOnlyEndless(int id) {
    Functions functions = module().functions();
    int function = linked.functionOf(id);
    boolean endless = false;
    for (long reference : functions.references(function)) {
      int target = target(reference, Reference.TAKE);
      if (target >= 0) {
        endless = true;
        for (var code = new Instructions(module(), linked.functionOf(target)); code.next(); ) {
          if (code.now().kind() == Kind.RETURN) {
            return false;
          }
        }
      }
    }
    return endless;
  }

  /** The first function behind one and the part of it that the unwind table divides from it. */
  int endOfParts(int id, Flows flows) {
    boolean divided = id + 1 < id(module().functions().count()) && !flows.isEntry(id + 1);
    return divided ? id + 2 : id + 1;
  }

  BitSet calls(int id) {
    Functions functions = module().functions();
    int function = linked.functionOf(id);
    BitSet found = new BitSet();
    for (long reference : functions.references(function)) {
      int target = target(reference, Reference.CALL);
      if (target >= 0) {
        found.set(target);
      }
    }
    return found;
  }

  /** The function that a reference leads to, if it is of a kind; -1 for none. */
  private int target(long reference, Reference kind) {
    return Reference.kind(reference) == kind
        ? linked.at(library, Reference.address(reference))
        : -1;
  }

  /** Internal functions that call one of some. */
  BitSet callers(BitSet callees) {
    return leadingTo(callees, Reference.CALL);
  }

  /** Internal functions that jump to one of some. */
  BitSet jumpers(BitSet targets) {
    return leadingTo(targets, Reference.JUMP);
  }

  private BitSet leadingTo(BitSet targets, Reference kind) {
    Functions functions = module().functions();
    FunctionRanges ranges = ranges(targets);
    BitSet found = new BitSet();
    for (int f = 0; f < functions.count(); f++) {
      found.set(id(f), functions.refers(f, kind, address -> ranges.at(address) >= 0));
    }
    found.andNot(exported);
    return found;
  }

  /** Where some functions are. */
  FunctionRanges ranges(BitSet some) {
    BitSet within = new BitSet();
    int first = id(0);
    some.stream()
        .filter(id -> id >= first && id < first + module().functions().count())
        .forEach(id -> within.set(id - first));
    return new FunctionRanges(module().functions(), within);
  }

  /** Internal functions that one of some calls. */
  BitSet callees(BitSet callers) {
    BitSet found = new BitSet();
    callers.stream().forEach(id -> found.or(calls(id)));
    found.andNot(exported);
    return found;
  }
}
