package dev.hardwire.derive.link;

import dev.hardwire.derive.flow.Facts;
import dev.hardwire.derive.flow.State;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Slots;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many registers for arguments functions use at most, as calls of them show: compilers set
 * those up to that of the last argument, in order.
 */
final class ArgumentCounts {
  static final String RULE =
      "argument-order: a function that makes system calls is no argument of a call that does not set"
          + " the registers for the arguments before it";

  /** So many functions that call one are followed. */
  private static final int MOST_CALLERS = 64;

  private final Linked linked;
  private final Flows flows;
  private final boolean applies;
  private final Map<Integer, Integer> known = new HashMap<>();

  ArgumentCounts(Linked linked, Flows flows, boolean applies) {
    this.linked = linked;
    this.flows = flows;
    this.applies = applies;
  }

  /** Whether what is passed to a function is no argument, as that call or others of it show. */
  boolean isExtra(int function, Facts.Passed passed) {
    if (!applies || passed.extra()) {
      return applies;
    }
    Integer most = known.get(function);
    if (most == null) {
      most = most(function);
      known.put(function, most);
    }
    return State.ARGUMENTS.indexOf(passed.register()) >= most;
  }

  private int most(int function) {
    int most = State.ARGUMENTS.size();
    int followed = 0;
    for (int number = 0; number < linked.modules().size(); number++) {
      Module module = linked.module(number);
      BitSet holding = holding(number, function);
      boolean own = number == linked.moduleOf(function);
      Functions functions = module.functions();
      for (int f = 0; f < functions.count() && followed < MOST_CALLERS; f++) {
        int id = linked.id(number, f);
        if (flows.isEntry(id)
            && calls(module, f, own ? linked.functionOf(function) : -1, holding)) {
          followed++;
          most = Math.min(most, most(id, function));
        }
      }
    }
    return most;
  }

  /** The slots of a file that hold a function. */
  private BitSet holding(int number, int function) {
    Slots slots = linked.module(number).slots();
    BitSet found = new BitSet();
    for (int slot = 0; slot < slots.count(); slot++) {
      Slots.Content content = slots.content(slot);
      boolean may = content == Slots.Content.GOT || content == Slots.Content.ADDRESS;
      found.set(slot, may && linked.held(number, slot) == function);
    }
    return found;
  }

  private static boolean calls(Module module, int from, int function, BitSet holding) {
    Functions functions = module.functions();
    long[] references = functions.references();
    int end = functions.firstReference(from + 1);
    for (int i = functions.firstReference(from); i < end; i++) {
      int target = module.targets().of(i);
      boolean found =
          switch (Reference.kind(references[i])) {
            case CALL, JUMP -> target >= 0 && target == function;
            case CALL_SLOT, JUMP_SLOT -> target >= 0 && holding.get(target);
            default -> false;
          };
      if (found) {
        return true;
      }
    }
    return false;
  }

  /** How many registers the calls of a function may use that another one makes. */
  private int most(int caller, int function) {
    int module = linked.moduleOf(caller);
    int most = State.ARGUMENTS.size();
    for (Facts.Call call : flows.ofSmall(caller).map(Facts::calls).orElse(List.of())) {
      int target =
          call.throughSlot()
              ? linked.called(module, call.target())
              : linked.at(module, call.target());
      boolean whole = call.throughSlot() || linked.start(function) == call.target();
      if (target == function && whole) {
        most = Math.min(most, call.arguments());
      }
    }
    return most;
  }
}
