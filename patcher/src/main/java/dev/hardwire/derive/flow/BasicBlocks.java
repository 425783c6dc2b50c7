package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import java.util.BitSet;
import java.util.List;

/**
 * The blocks of a function and of its parts, with the states at their starts, and those that are
 * still to be followed. BasicBlocks are numbered by their places: part after part, byte by byte.
 */
final class BasicBlocks {
  /** So often is a block followed before values that still grow become any. */
  private static final int PATIENCE = 8;

  /** The same in functions that are larger than that, in bytes. */
  private static final int LITTLE_PATIENCE = 2;

  private static final int LARGE = 1 << 14;

  private final List<Integer> parts;
  private final long[] starts;
  private final long[] ends;
  private final int[] bases;
  private final BitSet leaders = new BitSet();
  private final BitSet waiting = new BitSet();

  /** No block before it is waiting. */
  private int firstWaiting;

  private final State[] states;
  private final byte[] visits;

  /** Where instructions begin; null until that is asked. */
  private BitSet instructions;

  BasicBlocks(Functions functions, List<Integer> parts) {
    this.parts = parts;
    int count = parts.size();
    starts = new long[count];
    ends = new long[count];
    bases = new int[count + 1];
    for (int i = 0; i < count; i++) {
      starts[i] = functions.start(parts.get(i));
      ends[i] = functions.end(parts.get(i));
      bases[i + 1] = Math.addExact(bases[i], Math.toIntExact(ends[i] - starts[i]));
    }
    states = new State[bases[count]];
    visits = new byte[bases[count]];
    for (int part : parts) {
      for (long place : functions.insideInstructions(part)) {
        lead(place);
      }
    }
  }

  /**
   * Finds the blocks of the code, where it begins, behind jumps and where these lead.
   *
   * @return whether it jumps to addresses in registers or in memory, or names its own addresses
   */
  boolean find(Module module, Callees callees) {
    boolean jumpsAnywhere = false;
    boolean names = false;
    boolean leads = false;
    for (int part : parts) {
      for (Instructions code = new Instructions(module, part); code.next(); ) {
        Instruction now = code.now();
        boolean filler = now.kind() == Kind.STOP || Transfer.isNop(now);
        if (leads && !filler) {
          lead(code.address());
          leads = false;
        }
        if (now.kind() == Kind.JUMP || now.kind() == Kind.BRANCH) {
          if (contains(now.target())) {
            lead(now.target());
          }
          leads = true;
        }
        if (now.kind() == Kind.CALL && isInside(now.target())) {
          lead(now.target());
        }
        jumpsAnywhere |= now.kind() == Kind.JUMP_INDIRECT;
        names |= names(now, module.image().isFixed());
        leads |= now.kind().endsFlow() || callees.isLast(module, now);
      }
      leads = true;
    }
    lead(starts[0]);
    return jumpsAnywhere || names;
  }

  private boolean names(Instruction now, boolean fixed) {
    boolean relative = now.kind() == Kind.LEA && now.isRipRelative();
    return (relative && isInside(now.displacement()))
        || (fixed && now.hasImmediate() && isInside(now.immediate() & 0xffff_ffffL));
  }

  private int part(long address) {
    for (int i = 0; i < starts.length; i++) {
      if (address >= starts[i] && address < ends[i]) {
        return i;
      }
    }
    return -1;
  }

  boolean contains(long address) {
    return part(address) >= 0;
  }

  /** Whether an address is in the code, but not where the function starts. */
  boolean isInside(long address) {
    return contains(address) && address != starts[0];
  }

  /** Whether an instruction begins at an address in the code, if all of it is read in order. */
  boolean isInstruction(Module module, long address) {
    if (instructions == null) {
      instructions = new BitSet();
      for (int part : parts) {
        for (Instructions code = new Instructions(module, part); code.next(); ) {
          instructions.set(number(code.address()));
        }
      }
    }
    return instructions.get(number(address));
  }

  /** The end of the part that an address lies in. */
  long end(long address) {
    return ends[part(address)];
  }

  private int number(long address) {
    int part = part(address);
    return (int) (bases[part] + address - starts[part]);
  }

  /** The address of a block. */
  long address(int number) {
    int part = 0;
    while (number >= bases[part + 1]) {
      part++;
    }
    return starts[part] + number - bases[part];
  }

  /** A block begins at an address. */
  void lead(long address) {
    if (!isLeader(address)) {
      divide(number(address));
    }
  }

  boolean isLeader(long address) {
    return leaders.get(number(address));
  }

  /** The number of the next block at or behind a number; -1 for none. */
  int next(int number) {
    return leaders.nextSetBit(number);
  }

  int count() {
    return leaders.cardinality();
  }

  /** The size of the code in bytes. */
  int size() {
    return states.length;
  }

  State state(int number) {
    return states[number];
  }

  /** Forgets all states. */
  void clear() {
    java.util.Arrays.fill(states, null);
    java.util.Arrays.fill(visits, (byte) 0);
  }

  /** A block is entered with a state. */
  void enter(int number, State state) {
    if (!leaders.get(number)) {
      divide(number);
    }
    State known = states[number];
    if (known == null) {
      states[number] = state.copy();
      await(number);
    } else if (known.join(
        state, visits[number] > (states.length > LARGE ? LITTLE_PATIENCE : PATIENCE))) {
      await(number);
    }
  }

  private void await(int number) {
    waiting.set(number);
    firstWaiting = Math.min(firstWaiting, number);
  }

  /** A block begins where another one was followed through: that now ends there. */
  private void divide(int number) {
    int before = leaders.previousSetBit(number);
    leaders.set(number);
    if (before >= 0 && states[before] != null) {
      await(before);
    }
  }

  void enter(long address, State state) {
    enter(number(address), state);
  }

  /** Takes the first block that is waiting: most of what leads to it was followed before; or -1. */
  int take() {
    int number = waiting.nextSetBit(firstWaiting);
    if (number >= 0) {
      waiting.clear(number);
      firstWaiting = number + 1;
      visits[number] = (byte) Math.min(visits[number] + 1, Byte.MAX_VALUE);
    }
    return number;
  }
}
