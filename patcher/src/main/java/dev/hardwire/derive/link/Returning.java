package dev.hardwire.derive.link;

import dev.hardwire.derive.flow.Callees;
import dev.hardwire.derive.module.Module;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Which functions may return to their callers. One does if it contains a return or a jump that is
 * not understood, or jumps to one that does.
 */
public final class Returning implements Callees {
  private final Linked linked;
  private final BitSet returning = new BitSet();
  private final boolean twiceByPointer;
  private final Map<Integer, Set<Long>> endings = new HashMap<>();
  private final IdentityHashMap<Module, Integer> numbers = new IdentityHashMap<>();

  public Returning(Linked linked) {
    this.linked = linked;
    IntStream.Builder found = IntStream.builder();
    boolean takesTwice = false;
    for (int i = 0; i < linked.modules().size(); i++) {
      Module module = linked.module(i);
      numbers.put(module, i);
      returning.set(linked.id(i, 0), linked.id(i + 1, 0));
      for (int function : module.returns().undecided()) {
        returning.clear(linked.id(i, function));
        found.add(linked.id(i, function));
      }
      takesTwice |= module.returns().takesTwice();
    }
    int[] open = found.build().toArray();
    for (int left = -1; left != open.length; ) { // again, with more that are known to return
      left = open.length;
      open = Arrays.stream(open).filter(id -> !leadsToReturn(id)).toArray();
    }
    this.twiceByPointer = takesTwice;
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
          Set<Long> found = new HashSet<>();
          if (twiceByPointer) {
            found.add(-1L);
          }
          for (long slot : linked.module(module).returns().calledSlots()) {
            if (!returns(linked.called(module, slot))) {
              found.add(slot);
            }
          }
          return found;
        });
  }

  private boolean leadsToReturn(int id) {
    int module = linked.moduleOf(id);
    int base = linked.id(module, 0);
    boolean follows =
        linked
            .module(module)
            .returns()
            .leadsToReturn(
                id - base,
                function -> function < 0 || returning.get(base + function),
                slot -> returns(linked.called(module, slot)));
    returning.set(id, follows);
    return follows;
  }

  /** Whether a function may return. */
  boolean returns(int id) {
    return id < 0 || returning.get(id);
  }

  @Override
  public boolean returns(Module module, boolean throughSlot, long target) {
    int number = numbers.get(module);
    long slot = throughSlot ? target : module.image().thunk(target);
    return returns(slot != 0 ? linked.called(number, slot) : linked.at(number, target));
  }

  @Override
  public boolean returnsTwice(Module module, boolean throughSlot, long target) {
    long slot = throughSlot ? target : module.image().thunk(target);
    if (slot != 0) {
      return module.returns().holdsTwice(slot);
    }
    return module.returnsTwice(target);
  }
}
