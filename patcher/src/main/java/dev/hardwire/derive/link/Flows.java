package dev.hardwire.derive.link;

import dev.hardwire.derive.flow.Callees;
import dev.hardwire.derive.flow.Facts;
import dev.hardwire.derive.flow.FunctionFlow;
import dev.hardwire.derive.module.FunctionParts;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
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
  private final KnownFacts store;

  /** The facts by file; null where none were asked for. */
  private final FileFacts[] files;

  public Flows(Linked linked, Returning returning, KnownFacts store) {
    this.store = store;
    this.linked = linked;
    this.returning = returning;
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
    int module = linked.moduleOf(id);
    return linked.module(module).parts().isEntry(id - linked.id(module, 0));
  }

  /**
   * The functions that a function is a part of, by the code of its file: those that lead there
   * without calling it. One that has callers is its own.
   */
  public Set<Integer> owners(int id) {
    int module = linked.moduleOf(id);
    int base = linked.id(module, 0);
    FunctionParts parts = linked.module(module).parts();
    Set<Integer> seen = new LinkedHashSet<>(Set.of(id - base));
    List<Integer> open = new ArrayList<>(seen);
    Set<Integer> owners = new LinkedHashSet<>();
    for (int i = 0; i < open.size(); i++) {
      int one = open.get(i);
      if (parts.isEntry(one)) {
        owners.add(base + one);
        continue;
      }
      for (int from : parts.leadingTo(one)) {
        if (seen.add(from)) {
          open.add(from);
        }
      }
    }
    return owners;
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
      module.parts().addTo(parts, parts.get(i));
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
}
