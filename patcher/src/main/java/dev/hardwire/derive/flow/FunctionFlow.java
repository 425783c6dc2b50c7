package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Decoder;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.flow.Atom.Base;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Follows values through one function and the parts that it jumps to, until nothing is added any
 * more.
 */
public final class FunctionFlow {
  /** Instructions that are followed at most, each as often as it is passed. */
  private static final int MOST_STEPS = 2_000_000;

  /** So often are states at jumps that may lead anywhere joined before values become any. */
  private static final int PATIENCE = 24;

  private static final int LONGEST_TABLE = 4096;

  private final Module module;
  private final Functions functions;
  private final List<Integer> parts;
  private final Callees callees;
  private final Decoder decoder;
  private final Instruction now = new Instruction();
  private final Transfer step;
  private final BasicBlocks blocks;
  private Facts facts;

  /** What may be at any block: the states at jumps that may lead anywhere. */
  private State everywhere;

  /** What may be at landing pads: the states at calls. */
  private State unwound;

  private Set<Long> labels = Set.of();
  private final boolean lands;
  private boolean unwinds;
  private int calls;
  private boolean spreads;
  private int jumps;
  private int steps;

  private FunctionFlow(Module module, List<Integer> parts, Callees callees) {
    this.module = module;
    this.functions = module.functions();
    this.parts = parts;
    this.callees = callees;
    this.decoder = new Decoder(module.image().bytes());
    this.step = new Transfer(module);
    this.blocks = new BasicBlocks(functions, parts);
    this.lands = parts.stream().anyMatch(part -> functions.is(part, Functions.LANDS));
  }

  /**
   * Follows the values of a function.
   *
   * @param parts the function, and parts of it that lie elsewhere
   * @param whole whether these are all parts
   * @param entries where other functions lead into the middle, with values that are not known
   * @return empty if that would take too long
   */
  public static Optional<Facts> of(
      Module module, List<Integer> parts, boolean whole, Callees callees, List<Long> entries) {
    Facts facts = new Facts(module);
    if (!whole) {
      facts.escapeEverything();
    }
    FunctionFlow flow = new FunctionFlow(module, parts, callees);
    boolean done = flow.run(List.of(), facts);
    if (done && !entries.isEmpty()) { // so that what is known on the usual ways is not lost
      done = new FunctionFlow(module, parts, callees).run(entries, facts);
    }
    return done ? Optional.of(facts) : Optional.empty();
  }

  private boolean run(List<Long> entries, Facts found) {
    labels = blocks.find(module, callees) ? Labels.find(module, parts, blocks) : Set.of();
    entries.forEach(blocks::lead);
    followAll(entries);
    if (step.exposesStack()) { // now it is known which slots others may change
      blocks.clear();
      everywhere = null;
      unwound = null;
      followAll(entries);
    }
    if (steps > MOST_STEPS) {
      return false;
    }
    facts = found;
    step.record(facts);
    for (int block = blocks.next(0); block >= 0; block = blocks.next(block + 1)) {
      block(blocks.address(block), blocks.state(block).copy());
    }
    return true;
  }

  private void followAll(List<Long> entries) {
    blocks.enter(functions.start(parts.get(0)), State.start());
    entries.forEach(entry -> blocks.enter(entry, State.unknown()));
    settle();
    if (lands) {
      pads();
      return;
    }
    for (int block = blocks.next(0); block >= 0; block = blocks.next(block + 1)) {
      if (blocks.state(block) == null) { // nothing leads here
        blocks.enter(block, State.unknown());
        settle();
      }
    }
  }

  /**
   * Enters the landing pads: blocks that nothing leads to but unwinding from the calls. Code does
   * not jump to them, since they expect the exception in rax.
   */
  private void pads() {
    List<Integer> pads = new ArrayList<>();
    for (int block = blocks.next(0); block >= 0; block = blocks.next(block + 1)) {
      if (blocks.state(block) == null) {
        pads.add(block);
        blocks.enter(block, State.unwound(unwound));
        settle();
      }
    }
    while (unwinds && steps <= MOST_STEPS) {
      unwinds = false;
      State state = State.unwound(unwound);
      pads.forEach(pad -> blocks.enter(pad, state));
      settle();
    }
  }

  /** An exception may go through a call that has a state. */
  private void unwind(State state) {
    if (unwound == null) {
      unwound = state.copy();
      unwinds = true;
    } else {
      unwinds |= unwound.join(state, ++calls > PATIENCE);
    }
  }

  private void decode(long address, long end) {
    int offset = module.image().offset(address);
    decoder.decode(offset, (int) (offset + end - address), address, now);
  }

  private void settle() {
    do {
      for (int block = blocks.take(); block >= 0 && steps <= MOST_STEPS; block = blocks.take()) {
        block(blocks.address(block), blocks.state(block).copy());
      }
    } while (steps <= MOST_STEPS && spread());
  }

  /** Enters every block with what jumps that may lead anywhere have. */
  private boolean spread() {
    if (!spreads) {
      return false;
    }
    spreads = false;
    steps += blocks.count();
    for (int block = blocks.next(0); block >= 0; block = blocks.next(block + 1)) {
      blocks.enter(block, everywhere);
    }
    return true;
  }

  /** Goes through a block; while facts are recorded, nothing is entered. */
  private void block(long start, State state) {
    long end = blocks.end(start);
    long at = start;
    while (at < end) {
      steps++;
      decode(at, end);
      long next = at + now.length();
      Kind kind = now.kind();
      switch (kind) {
        case JUMP, BRANCH -> {
          if (blocks.contains(now.target())) {
            go(now.target(), state);
          } else {
            step.leave(at, now, state);
          }
        }
        case JUMP_INDIRECT -> indirect(at, state);
        case CALL, CALL_INDIRECT -> {
          if (lands && facts == null) {
            unwind(state);
          }
          step.apply(at, now, state);
          if (callees.returnsTwice(module, now)) {
            Transfer.again(state);
          }
        }
        default -> step.apply(at, now, state);
      }
      if (kind.endsFlow() || callees.isLast(module, now)) {
        return;
      }
      at = next;
      if (at < end && blocks.isLeader(at)) {
        go(at, state);
        return;
      }
    }
    if (blocks.contains(at)) {
      go(at, state);
    }
  }

  private void go(long target, State state) {
    if (facts == null) {
      blocks.enter(target, state);
    }
  }

  private void indirect(long at, State state) {
    Value target = step.target(now, state);
    boolean known = !target.isAny();
    for (Atom atom : target.atoms()) {
      if (atom.is(Base.TABLE)) {
        known &= table(atom, state);
      } else if (atom.is(Base.ADDRESS) && blocks.contains(atom.offset())) {
        go(atom.offset(), state);
      } else if (atom.is(Base.LOADED)) {
        toLabels(state);
      } else {
        known &= atom.is(Base.ADDRESS);
      }
    }
    step.leave(at, now, state);
    if (!known && facts == null) {
      anywhere(state);
    }
  }

  /** A jump that may lead to any block; or it calls a function through a pointer. */
  private void anywhere(State state) {
    if (everywhere == null) {
      everywhere = state.copy();
      spreads = true;
    } else {
      spreads |= everywhere.join(state, ++jumps > PATIENCE);
    }
  }

  private boolean table(Atom table, State state) {
    boolean wide = table.offset() == Long.BYTES;
    if (wide && !module.image().isConstant(table.key())) {
      toLabels(state);
    }
    boolean leads = false;
    for (int i = 0; i < LONGEST_TABLE; i++) {
      long place = table.key() + i * table.offset();
      if (!module.image().hasBytes(place, (int) table.offset())) {
        break;
      }
      long target = wide ? step.word(place) : table.key() + module.image().half(place);
      if (blocks.contains(target)) {
        go(target, state);
        leads = true;
      } else if (!wide || target != 0 || module.image().word(place) != 0) {
        break;
      }
    }
    return leads;
  }

  private void toLabels(State state) {
    labels.forEach(label -> go(label, state));
  }

  /**
   * Addresses inside a function that code or data keeps, to which the function may jump: labels as
   * values, an extension of C by GCC.
   */
  private static final class Labels {
    private final Module module;
    private final List<Integer> parts;
    private final Set<Long> all = new TreeSet<>();

    /** Whether code computes with such an address: from it, any other place can be reached. */
    private boolean computes;

    private Labels(Module module, List<Integer> parts) {
      this.module = module;
      this.parts = parts;
    }

    /** The labels of a function that jumps to addresses; they become leaders of blocks. */
    static Set<Long> find(Module module, List<Integer> parts, BasicBlocks blocks) {
      Labels labels = new Labels(module, parts);
      Functions functions = module.functions();
      Set<Long> kept = new TreeSet<>();
      for (int part : parts) {
        for (long label : module.slots().code(functions.start(part), functions.end(part))) {
          kept.add(label);
        }
      }
      labels.each((at, now) -> labels.name(now, blocks, kept));
      kept.remove(functions.start(parts.get(0)));
      if (!kept.isEmpty()) {
        labels.each((at, now) -> labels.lead(at, blocks, kept));
      }
      return labels.all;
    }

    private interface Visitor {
      void visit(long address, Instruction now);
    }

    private void each(Visitor visitor) {
      for (int part : parts) {
        for (Instructions code = new Instructions(module, part); code.next(); ) {
          visitor.visit(code.address(), code.now());
        }
      }
    }

    private void name(Instruction now, BasicBlocks blocks, Set<Long> kept) {
      long address = 0;
      if (now.kind() == Kind.LEA && now.isRipRelative()) {
        address = now.displacement();
      } else if (module.image().isFixed() && now.hasImmediate()) {
        address = now.immediate() & 0xffff_ffffL;
      }
      boolean start = address == module.functions().start(parts.get(0));
      if (!start && blocks.contains(address)) {
        kept.add(address);
        computes = true;
      }
    }

    private void lead(long at, BasicBlocks blocks, Set<Long> kept) {
      if (kept.contains(at)) {
        all.add(at);
      }
      if (computes || kept.contains(at)) {
        blocks.lead(at);
      }
    }
  }
}
