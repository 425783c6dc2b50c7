package dev.hardwire.derive.link;

import dev.hardwire.derive.flow.Callees;
import dev.hardwire.derive.flow.Facts;
import dev.hardwire.derive.flow.FunctionFlow;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The facts about functions, each found when it is first asked for. */
public final class Flows {
  /** Larger functions, in bytes, are not followed. */
  private static final long LARGEST = 1 << 19;

  private static final long SMALL = 1 << 14;

  private static final int MOST_PARTS = 16;

  private final Linked linked;
  private final Returning returning;
  private final Entries entries;
  private final KnownFacts store;

  /** The facts by file; null where none were asked for. */
  private final FileFacts[] files;

  /** By file, who leads to parts of functions; made when it is asked for. */
  private final Map<Integer, Map<Integer, List<Integer>>> leading = new HashMap<>();

  public Flows(Linked linked, Returning returning, KnownFacts store) {
    this.store = store;
    this.linked = linked;
    this.returning = returning;
    this.entries = new Entries(linked);
    this.files = new FileFacts[linked.modules().size()];
  }

  /** What was found out for other programs as well. */
  public KnownFacts known() {
    return store;
  }

  /** What is known about returning. */
  public Callees callees() {
    return returning;
  }

  /** Whether a function has callers of its own, and is not part of another. */
  public boolean isEntry(int id) {
    return entries.isEntry(id);
  }

  /**
   * The functions that a function is a part of, by the code of its file: those that lead there
   * without calling it. One that has callers is its own.
   */
  public Set<Integer> owners(int id) {
    int module = linked.moduleOf(id);
    Set<Integer> seen = new LinkedHashSet<>(Set.of(id));
    List<Integer> open = new ArrayList<>(seen);
    Set<Integer> owners = new LinkedHashSet<>();
    for (int i = 0; i < open.size(); i++) {
      int one = open.get(i);
      if (isEntry(one)) {
        owners.add(one);
        continue;
      }
      for (int from : leading(module).getOrDefault(one, List.of())) {
        if (seen.add(from)) {
          open.add(from);
        }
      }
    }
    return owners;
  }

  /** By part, the functions of a file whose code leads there. */
  private Map<Integer, List<Integer>> leading(int module) {
    return leading.computeIfAbsent(
        module,
        key -> {
          Map<Integer, List<Integer>> found = new HashMap<>();
          for (int f = 0; f < linked.module(module).functions().count(); f++) {
            List<Integer> parts = new ArrayList<>();
            addParts(module, f, parts);
            for (int part : parts) {
              found
                  .computeIfAbsent(linked.id(module, part), id -> new ArrayList<>())
                  .add(linked.id(module, f));
            }
          }
          return found;
        });
  }

  /** What is known about a function; empty if it is too large. */
  public Optional<Facts> of(int id) {
    int module = linked.moduleOf(id);
    if (files[module] == null) {
      files[module] = store.of(linked.module(module), returning.endingSlots(module));
    }
    return files[module].of(linked.functionOf(id), () -> find(id));
  }

  /** The same for a function that is small, where not much depends on it. */
  public Optional<Facts> ofSmall(int id) {
    Functions functions = linked.functionsOf(id);
    int function = linked.functionOf(id);
    return functions.end(function) - functions.start(function) > SMALL ? Optional.empty() : of(id);
  }

  private Optional<Facts> find(int id) {
    int number = linked.moduleOf(id);
    Module module = linked.module(number);
    List<Integer> parts = new ArrayList<>(List.of(linked.functionOf(id)));
    for (int i = 0; i < parts.size() && parts.size() < MOST_PARTS; i++) {
      addParts(number, parts.get(i), parts);
    }
    long size = 0;
    for (int part : parts) {
      size += module.functions().end(part) - module.functions().start(part);
    }
    boolean whole = parts.size() < MOST_PARTS;
    return size > LARGEST
        ? Optional.empty()
        : FunctionFlow.of(module, parts, whole, returning, entered(module, parts));
  }

  /** Where code that is not part of a function leads into it, but not to its start. */
  private static List<Long> entered(Module module, List<Integer> parts) {
    List<Long> found = new ArrayList<>();
    boolean taken = !module.image().isFixed();
    for (int part : parts) {
      for (long address : module.functions().enteredInside(part, parts, taken)) {
        found.add(address);
      }
    }
    return found;
  }

  private void addParts(int module, int function, List<Integer> parts) {
    Functions functions = linked.module(module).functions();
    for (long reference : functions.references(function)) {
      Reference kind = Reference.kind(reference);
      if (kind == Reference.FALL_AFTER || kind == Reference.FALL_AFTER_SLOT) {
        addPart(module, functions.at(functions.end(function)), parts);
        continue;
      }
      if (kind != Reference.JUMP && kind != Reference.FALL) {
        continue;
      }
      addPart(module, functions.at(Reference.address(reference)), parts);
    }
    for (int target : functions.tableTargets(function)) {
      addPart(module, target, parts);
    }
  }

  private void addPart(int module, int function, List<Integer> parts) {
    if (function >= 0 && !parts.contains(function) && !isEntry(linked.id(module, function))) {
      parts.add(function);
    }
  }

  /**
   * The functions that something calls, whose address something has, or that several others jump
   * to. All others are parts of functions, which compilers put elsewhere, and get their values from
   * them.
   */
  private static final class Entries {
    private final BitSet entries = new BitSet();

    Entries(Linked linked) {
      for (int i = 0; i < linked.modules().size(); i++) {
        Module module = linked.module(i);
        code(linked, i, module.functions());
        Slots slots = module.slots();
        for (int slot = 0; slot < slots.count(); slot++) {
          Slots.Content content = slots.content(slot);
          if (content == Slots.Content.ADDRESS || content == Slots.Content.RESOLVED) {
            exactly(linked, i, slots.value(slot));
          }
        }
        Symbols symbols = module.symbols();
        for (int symbol : symbols.functions()) {
          exactly(linked, i, symbols.value(symbol));
        }
        exactly(linked, i, module.image().elf().header().entry());
        for (int f = 0; module.isGo() && f < module.functions().count(); f++) {
          entries.set(linked.id(i, f), isEntry(linked.id(i, f)) || isGo(module, f));
        }
      }
    }

    /** Go's compiler puts no parts of functions elsewhere. */
    private static boolean isGo(Module module, int function) {
      return module.isGoCode(module.functions().start(function));
    }

    private void code(Linked linked, int module, Functions functions) {
      int[] jumpers = new int[functions.count()]; // the first one of each, counted from 1
      for (int f = 0; f < functions.count(); f++) {
        for (long reference : functions.references(f)) {
          Reference kind = Reference.kind(reference);
          int target = kind.isCode() ? functions.at(Reference.address(reference)) : -1;
          if (target >= 0 && kind != Reference.JUMP) {
            entries.set(linked.id(module, target));
          } else if (target >= 0 && functions.start(target) == Reference.address(reference)) {
            boolean several = jumpers[target] != 0 && jumpers[target] != f + 1;
            entries.set(linked.id(module, target), several || isEntry(linked.id(module, target)));
            jumpers[target] = f + 1;
          }
        }
      }
    }

    /** Pointers into a function are those of its own jump tables. */
    private void exactly(Linked linked, int module, long address) {
      int id = linked.at(module, address);
      if (id >= 0 && linked.start(id) == address) {
        entries.set(id);
      }
    }

    boolean isEntry(int id) {
      return entries.get(id);
    }
  }
}
