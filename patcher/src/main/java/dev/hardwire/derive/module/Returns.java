package dev.hardwire.derive.module;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.LongPredicate;
import java.util.stream.IntStream;

/** What a file alone tells about whether functions return to their callers. */
public final class Returns {
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

  private final Module module;
  private final Functions functions;
  private final int[] undecided;
  private final long[] calledSlots;
  private final boolean takesTwice;
  private BitSet ending;

  Returns(Module module) {
    this.module = module;
    this.functions = module.functions();
    this.undecided = notReturning(false);
    this.calledSlots = findCalledSlots();
    this.takesTwice = findTakesTwice();
  }

  /** The functions that return only if one of another file does, or that do not return. */
  public int[] undecided() {
    return undecided.clone();
  }

  /** Whether a function runs into the next one, behind its last call or without one. */
  public boolean runsOn(long reference) {
    return switch (Reference.kind(reference)) {
      case FALL, FALL_AFTER_SLOT -> true;
      case FALL_AFTER -> {
        int callee = functions.at(Reference.address(reference));
        yield callee < 0 || !ending().get(callee);
      }
      default -> false;
    };
  }

  /** The slots through which code may call functions of other files, by address, ascending. */
  public long[] calledSlots() {
    return calledSlots.clone();
  }

  /** Whether something has the address of a function that may return more than once. */
  public boolean takesTwice() {
    return takesTwice;
  }

  /** The functions that do not return, whatever those of other files do. */
  synchronized BitSet ending() {
    if (ending == null) {
      ending = new BitSet();
      Arrays.stream(notReturning(true)).forEach(ending::set);
    }
    return ending;
  }

  /**
   * The functions that lead to none that returns.
   *
   * @param slots whether those of other files return
   */
  private int[] notReturning(boolean slots) {
    BitSet returning = new BitSet();
    returning.set(0, functions.count());
    int[] open =
        IntStream.range(0, functions.count())
            .filter(f -> !functions.is(f, Functions.RETURNS))
            .toArray();
    for (int f : open) {
      returning.clear(f);
    }
    for (int before = -1; before != open.length; ) {
      before = open.length;
      int left = 0;
      for (int f : open) {
        boolean leads = leadsToReturn(f, one -> one < 0 || returning.get(one), slot -> slots);
        returning.set(f, leads);
        if (!leads) {
          open[left++] = f;
        }
      }
      open = Arrays.copyOf(open, left);
    }
    return open;
  }

  /**
   * Whether a function leads to one that returns.
   *
   * @param returns whether a function of the file, or code that is none (-1), is known to return
   * @param slots the same for what a slot holds, by its address
   */
  public boolean leadsToReturn(int function, IntPredicate returns, LongPredicate slots) {
    for (long reference : functions.references(function)) {
      long address = Reference.address(reference);
      boolean follows =
          switch (Reference.kind(reference)) {
            case JUMP -> returns.test(functions.at(address));
            case JUMP_SLOT -> slots.test(address);
            case FALL -> nextReturns(function, returns);
            case FALL_AFTER ->
                returns.test(functions.at(address)) && nextReturns(function, returns);
            case FALL_AFTER_SLOT -> slots.test(address) && nextReturns(function, returns);
            default -> false;
          };
      if (follows) {
        return true;
      }
    }
    return false;
  }

  private boolean nextReturns(int function, IntPredicate returns) {
    return returns.test(functions.at(functions.end(function)));
  }

  private long[] findCalledSlots() {
    LongList found = new LongList();
    Slots slots = module.slots();
    for (int slot = 0; slot < slots.count(); slot++) {
      if (slots.content(slot) == Slots.Content.GOT) {
        found.add(slots.address(slot));
      }
    }
    for (long reference : functions.references()) {
      switch (Reference.kind(reference)) {
        case CALL_SLOT, JUMP_SLOT, FALL_AFTER_SLOT -> found.add(Reference.address(reference));
        default -> {
          // leads to nothing of other files
        }
      }
    }
    return found.sorted();
  }

  private boolean findTakesTwice() {
    for (long reference : functions.references()) {
      long address = Reference.address(reference);
      boolean takes =
          switch (Reference.kind(reference)) {
            case TAKE -> isTwice(address);
            case READ, READ_WIDE -> holdsTwice(address);
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
            case ADDRESS -> isTwice(slots.value(slot));
            case SYMBOL -> holdsTwice(slots.address(slot));
            default -> false;
          };
      if (holds) {
        return true;
      }
    }
    return false;
  }

  private boolean isTwice(long address) {
    int function = functions.at(address);
    return function >= 0 && functions.start(function) == address && module.returnsTwice(address);
  }

  /** Whether a slot holds a function of another file that may return more than once. */
  public boolean holdsTwice(long address) {
    Slots slots = module.slots();
    int slot = slots.at(address);
    return slot >= 0
        && (slots.content(slot) == Slots.Content.GOT || slots.content(slot) == Slots.Content.SYMBOL)
        && TWICE.contains(module.symbols().name((int) slots.value(slot)));
  }
}
