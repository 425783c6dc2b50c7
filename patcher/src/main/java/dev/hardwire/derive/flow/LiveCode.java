package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The instructions of one function that may run if some bits of a word in memory are never set: a
 * branch that tests only such bits goes one way. What is not understood goes all ways.
 */
public final class LiveCode extends FunctionWalk<PossibleBits> {
  /**
   * The word.
   *
   * @param offset in its object, in bytes
   * @param size in bytes
   * @param possible the bits that may be set
   * @param member whether the object is the one that a word of the first argument's object leads
   *     to; otherwise any object but those on the stack counts
   */
  public record Word(long offset, int size, long possible, boolean member) {}

  private final Word word;
  private final Set<Long> without;
  private final Set<Long> members = new HashSet<>();
  private final EntryJumps tables;

  private LiveCode(Module module, int function, Word word, Set<Long> without, Callees callees) {
    super(module, function, callees);
    this.word = word;
    this.without = without;
    this.tables = new EntryJumps(module, function);
  }

  /**
   * The addresses of the instructions that may run; empty if that is not known.
   *
   * @param without entries of the only jump table that are never taken, by their index
   */
  public static Optional<Set<Long>> of(
      Module module, int function, Word word, Set<Long> without, Callees callees) {
    LiveCode code = new LiveCode(module, function, word, without, callees);
    return code.follow(PossibleBits.start()).filter(live -> code.members.size() <= 1);
  }

  /** Whether other functions, or unwinding, lead into the middle: such code is not followed. */
  public static boolean isEnteredInside(Module module, int function) {
    Functions functions = module.functions();
    return functions.is(function, Functions.LANDS)
        || functions.isEnteredInside(function)
        || module.slots().code(functions.start(function) + 1, functions.end(function)).length > 0;
  }

  @Override
  Optional<Boolean> branch(PossibleBits state) {
    int condition = now.condition();
    return state.zero() == PossibleBits.Zero.UNKNOWN || condition >> 1 != 2 // je, jne
        ? Optional.empty()
        : Optional.of((state.zero() == PossibleBits.Zero.ALWAYS) == (condition == 4));
  }

  @Override
  void step(PossibleBits state) {
    int opcode = now.opcode();
    int extension = now.extension();
    int size = (opcode & 1) == 0 ? 1 : now.size(); // of comparisons
    long mask = PossibleBits.mask(size);
    switch (opcode) {
      case 0xf6, 0xf7 -> {
        if (extension < 2) { // test
          state.result(operand(size, state) & now.immediate());
          return;
        }
      }
      case 0xa8, 0xa9 -> {
        state.result(state.bits(Instruction.RAX) & now.immediate() & mask);
        return;
      }
      case 0x80, 0x81, 0x83 -> {
        if (extension == 7) { // cmp
          state.compared(operand(size, state), now.immediate() & mask);
          return;
        }
      }
      case 0x3c, 0x3d -> {
        state.compared(state.bits(Instruction.RAX) & mask, now.immediate() & mask);
        return;
      }
      case 0x84, 0x85 -> {
        boolean same = !now.hasMemory() && now.reg() == now.rm();
        state.result(same ? operand(size, state) : -1);
        return;
      }
      default -> {
        boolean loads = now.kind() == Kind.LOAD || now.kind() == Kind.ZERO_EXTEND;
        if (loads && reads(state)) {
          state.set(now.reg(), memory(now.size()));
          return;
        }
      }
    }
    state.apply(now);
  }

  /** The possible bits of what an instruction compares. */
  private long operand(int size, PossibleBits state) {
    if (now.hasMemory()) {
      return reads(state) ? memory(size) : PossibleBits.mask(size);
    }
    boolean high = size == 1 && !now.hasRex() && (now.second() & 7) >= 4; // ah to bh
    return high ? PossibleBits.mask(1) : state.bits(now.rm()) & PossibleBits.mask(size);
  }

  /** Whether the memory operand is in the word. */
  private boolean reads(PossibleBits state) {
    int base = now.base();
    if (!now.hasMemory()
        || now.isThreadLocal()
        || now.hasShortAddress()
        || now.index() >= 0
        || base < 0) {
      return false;
    }
    long within = now.displacement() - word.offset();
    if (within < 0 || within >= word.size()) {
      return false;
    }
    if (!word.member()) {
      return base != Instruction.RSP;
    }
    if (state.isMember(base)) {
      members.add(state.member(base));
    }
    return state.isMember(base);
  }

  /** What may be set of so many bytes there. */
  private long memory(int size) {
    long within = now.displacement() - word.offset();
    if (within + size > word.size()) {
      return PossibleBits.mask(size);
    }
    return word.possible() >>> (8 * within) & PossibleBits.mask(size);
  }

  @Override
  boolean jump(long from, PossibleBits state) {
    if (tables.areUnderstood()) {
      tables.targets(from, without).forEach(target -> enter(target, state));
    }
    return tables.areUnderstood();
  }

  /** The jumps of a function through its only jump table. */
  private static final class EntryJumps {
    private static final int LONGEST = 256;
    private static final int ENTRY = 4;

    private final Module module;
    private final long start;
    private final long end;
    private final Set<Long> tables = new HashSet<>();

    /** Jumps by the entry whose index is the first word of an object. */
    private final Set<Long> byKind = new HashSet<>();

    EntryJumps(Module module, int function) {
      this.module = module;
      this.start = module.functions().start(function);
      this.end = module.functions().end(function);
      scan(new Instructions(module, function));
    }

    boolean areUnderstood() {
      return tables.size() == 1;
    }

    /**
     * Where a jump may lead.
     *
     * @param without indexes that no object has as its first word
     */
    List<Long> targets(long from, Set<Long> without) {
      long table = tables.iterator().next();
      List<Long> found = new ArrayList<>();
      for (long entry = 0; isEntry(table, entry); entry++) {
        if (!byKind.contains(from) || !without.contains(entry)) {
          found.add(table + module.image().half(table + ENTRY * entry));
        }
      }
      return found;
    }

    private boolean isEntry(long table, long entry) {
      long place = table + ENTRY * entry;
      long target = table + module.image().half(place);
      return entry < LONGEST
          && (entry == 0 || place < module.objectEnd(table))
          && module.image().hasBytes(place, ENTRY)
          && target >= start
          && target < end;
    }

    private void scan(Instructions code) {
      int index = Instruction.NONE; // the register that the last instruction has loaded
      int distance = Instruction.NONE; // the one with an entry that is chosen by that
      int target = Instruction.NONE; // the one with the address
      while (code.next()) {
        Instruction now = code.now();
        if (now.kind() == Kind.LEA
            && now.isRipRelative()
            && module.image().isConstant(now.displacement())
            && isEntry(now.displacement(), 0)
            && isEntry(now.displacement(), 1)) {
          tables.add(now.displacement());
        }
        if (now.kind() == Kind.JUMP_INDIRECT && !now.hasMemory() && now.rm() == target) {
          byKind.add(code.address());
        }
        boolean adds = now.kind() == Kind.ADD && now.reg() == distance;
        target = adds ? distance : Instruction.NONE;
        distance = chooses(now, index) ? now.reg() : Instruction.NONE;
        index = reads(now) ? now.reg() : Instruction.NONE;
      }
    }

    /** An entry is read. */
    private static boolean chooses(Instruction now, int index) {
      return now.kind() == Kind.SIGN_EXTEND
          && now.hasMemory()
          && now.scale() == 2
          && now.displacement() == 0
          && now.index() == index
          && index >= 0;
    }

    /** The first word of an object is read. */
    private static boolean reads(Instruction now) {
      return now.kind() == Kind.LOAD
          && now.size() == Integer.BYTES
          && now.displacement() == 0
          && now.base() >= 0
          && now.index() < 0;
    }
  }
}
