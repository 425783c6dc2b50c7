package dev.hardwire.derive.link;

import dev.hardwire.derive.flow.Callees;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Slots;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which functions may return to their callers. One does if it contains a return or a jump that is
 * not understood, or jumps to one that does.
 */
public final class Returning implements Callees {
  /** Names by which other files call functions that return twice. */
  private static final Set<String> TWICE =
      Set.of(
          "setjmp",
          "_setjmp",
          "sigsetjmp",
          "__sigsetjmp",
          "getcontext",
          "swapcontext",
          "vfork",
          "__vfork");

  private final Linked linked;
  private final BitSet returning = new BitSet();
  private final boolean twiceByPointer;
  private final Map<Integer, Set<Long>> endings = new HashMap<>();
  private final IdentityHashMap<Module, Integer> numbers = new IdentityHashMap<>();

  public Returning(Linked linked) {
    this.linked = linked;
    List<Integer> open = new ArrayList<>();
    for (int i = 0; i < linked.modules().size(); i++) {
      numbers.put(linked.module(i), i);
      Functions functions = linked.module(i).functions();
      for (int f = 0; f < functions.count(); f++) {
        if (functions.is(f, Functions.RETURNS)) {
          returning.set(linked.id(i, f));
        } else {
          open.add(linked.id(i, f));
        }
      }
    }
    while (open.removeIf(this::leadsToReturn)) {
      // again, with more that are known to return
    }
    this.twiceByPointer = modulesTakeTwice();
  }

  /** Whether a file takes the address of a function that may return more than once. */
  private boolean modulesTakeTwice() {
    for (int i = 0; i < linked.modules().size(); i++) {
      Module module = linked.module(i);
      Functions functions = module.functions();
      for (long reference : functions.references()) {
        long address = Reference.address(reference);
        boolean takes =
            switch (Reference.kind(reference)) {
              case TAKE -> isTwice(module, address);
              case READ, READ_WIDE -> returnsTwice(module, true, address);
              default -> false;
            };
        if (takes) {
          return true;
        }
      }
      Slots slots = module.slots();
      for (int slot = 0; slot < slots.count(); slot++) {
        boolean holds =
            switch (slots.content(slot)) {
              case ADDRESS -> isTwice(module, slots.value(slot));
              case SYMBOL -> returnsTwice(module, true, slots.address(slot));
              default -> false;
            };
        if (holds) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isTwice(Module module, long address) {
    int function = module.functions().at(address);
    return function >= 0
        && module.functions().start(function) == address
        && module.returnsTwice(address);
  }

  @Override
  public boolean pointersReturnTwice() {
    return twiceByPointer;
  }

  /**
   * The slots of a file through which functions are called that do not return, and one more number
   * that is no slot if pointers may lead to functions that return twice: what is found out about
   * the functions of a file depends on these.
   */
  Set<Long> endingSlots(int module) {
    return endings.computeIfAbsent(
        module,
        key -> {
          Slots slots = linked.module(module).slots();
          Set<Long> found = new HashSet<>();
          if (twiceByPointer) {
            found.add(-1L);
          }
          for (int slot = 0; slot < slots.count(); slot++) {
            if (slots.content(slot) == Slots.Content.GOT) {
              addEnding(module, slots.address(slot), found);
            }
          }
          Functions functions = linked.module(module).functions();
          for (long reference : functions.references()) {
            switch (Reference.kind(reference)) {
              case CALL_SLOT, JUMP_SLOT, FALL_AFTER_SLOT ->
                  addEnding(module, Reference.address(reference), found);
              default -> {
                // leads to nothing of other files
              }
            }
          }
          return found;
        });
  }

  private void addEnding(int module, long slot, Set<Long> found) {
    if (!leads(linked.called(module, slot))) {
      found.add(slot);
    }
  }

  private boolean leadsToReturn(int id) {
    int module = linked.moduleOf(id);
    int function = linked.functionOf(id);
    Functions functions = linked.module(module).functions();
    for (long reference : functions.references(function)) {
      long address = Reference.address(reference);
      boolean follows =
          switch (Reference.kind(reference)) {
            case JUMP -> leads(linked.at(module, address));
            case JUMP_SLOT -> leads(linked.called(module, address));
            case FALL -> leads(linked.at(module, functions.end(function)));
            case FALL_AFTER -> leads(linked.at(module, address)) && nextReturns(module, function);
            case FALL_AFTER_SLOT ->
                leads(linked.called(module, address)) && nextReturns(module, function);
            default -> false;
          };
      if (follows) {
        returning.set(id);
        return true;
      }
    }
    return false;
  }

  private boolean nextReturns(int module, int function) {
    Functions functions = linked.module(module).functions();
    return leads(linked.at(module, functions.end(function)));
  }

  private boolean leads(int id) {
    return id < 0 || returning.get(id);
  }

  /** Whether a function may return. */
  boolean returns(int id) {
    return leads(id);
  }

  @Override
  public boolean returns(Module module, boolean throughSlot, long target) {
    int number = numbers.get(module);
    long slot = throughSlot ? target : module.image().thunk(target);
    return leads(slot != 0 ? linked.called(number, slot) : linked.at(number, target));
  }

  @Override
  public boolean returnsTwice(Module module, boolean throughSlot, long target) {
    long slot = throughSlot ? target : module.image().thunk(target);
    if (slot != 0) {
      Slots slots = module.slots();
      int index = slots.from(slot);
      return index < slots.count()
          && slots.address(index) == slot
          && (slots.content(index) == Slots.Content.GOT
              || slots.content(index) == Slots.Content.SYMBOL)
          && TWICE.contains(module.symbols().name((int) slots.value(index)));
    }
    return module.returnsTwice(target);
  }
}
