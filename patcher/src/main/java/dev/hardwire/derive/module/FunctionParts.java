package dev.hardwire.derive.module;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which functions of a file are entries: something calls them, something has their address, or
 * several others jump to them. All others are parts of functions, which compilers put elsewhere,
 * and get their values from them.
 */
public final class FunctionParts {
  private final Functions functions;
  private final BitSet entries = new BitSet();

  /** By part, who leads there; made when it is asked for. */
  private Map<Integer, List<Integer>> leading;

  FunctionParts(Module module) {
    this.functions = module.functions();
    code();
    Slots slots = module.slots();
    for (int slot = 0; slot < slots.count(); slot++) {
      Slots.Content content = slots.content(slot);
      if (content == Slots.Content.ADDRESS || content == Slots.Content.RESOLVED) {
        exactly(slots.value(slot));
      }
    }
    Symbols symbols = module.symbols();
    for (int symbol : symbols.functions()) {
      exactly(symbols.value(symbol));
    }
    exactly(module.image().elf().header().entry());
    for (int f = 0; module.isGo() && f < functions.count(); f++) {
      if (module.isGoCode(functions.start(f))) { // Go's compiler puts no parts elsewhere
        entries.set(f);
      }
    }
  }

  private void code() {
    int[] jumpers = new int[functions.count()]; // the first one of each, counted from 1
    long[] references = functions.references();
    for (int f = 0; f < functions.count(); f++) {
      int end = functions.firstReference(f + 1);
      for (int i = functions.firstReference(f); i < end; i++) {
        Reference kind = Reference.kind(references[i]);
        long address = Reference.address(references[i]);
        int target = kind.isCode() ? functions.at(address) : -1;
        if (target >= 0 && kind != Reference.JUMP) {
          entries.set(target);
        } else if (target >= 0 && functions.start(target) == address) {
          if (jumpers[target] != 0 && jumpers[target] != f + 1) {
            entries.set(target);
          }
          jumpers[target] = f + 1;
        }
      }
    }
  }

  /** Pointers into a function are those of its own jump tables. */
  private void exactly(long address) {
    int function = functions.at(address);
    if (function >= 0 && functions.start(function) == address) {
      entries.set(function);
    }
  }

  /** Whether a function has callers of its own, and is not part of another. */
  public boolean isEntry(int function) {
    return entries.get(function);
  }

  /** The functions whose code leads to a part. */
  public synchronized List<Integer> leadingTo(int part) {
    if (leading == null) {
      leading = new HashMap<>();
      List<Integer> parts = new ArrayList<>();
      for (int f = 0; f < functions.count(); f++) {
        parts.clear();
        addTo(parts, f);
        for (int one : parts) {
          leading.computeIfAbsent(one, key -> new ArrayList<>()).add(f);
        }
      }
    }
    return leading.getOrDefault(part, List.of());
  }

  /** Adds the parts that a function leads to, unless a list has them. */
  public void addTo(List<Integer> parts, int function) {
    for (long reference : functions.references(function)) {
      switch (Reference.kind(reference)) {
        case FALL_AFTER, FALL_AFTER_SLOT -> add(parts, functions.at(functions.end(function)));
        case JUMP, FALL -> add(parts, functions.at(Reference.address(reference)));
        default -> {
          // calls, or does not lead to code
        }
      }
    }
    for (int target : functions.tableTargets(function)) {
      add(parts, target);
    }
  }

  private void add(List<Integer> parts, int function) {
    if (function >= 0 && !isEntry(function) && !parts.contains(function)) {
      parts.add(function);
    }
  }
}
