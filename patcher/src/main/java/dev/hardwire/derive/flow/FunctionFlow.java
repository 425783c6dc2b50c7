package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Decoder;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.flow.Atom.Base;
import dev.hardwire.derive.module.CallSites;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Follows values through one function and the parts that it jumps to, until nothing is added any
 * more.
 */
public final class FunctionFlow {
  /** Instructions that are followed at most, each as often as it is passed. */
  private static final int MOST_STEPS = 2_000_000;

  /** To join so many slots of the stack takes about as long as to follow an instruction. */
  private static final int SLOTS = 32;

  /** So often are states at jumps that may lead anywhere joined before values become any. */
  private static final int PATIENCE = 24;

  private static final int LONGEST_TABLE = 1 << 16;

  /** Compilers let an array start at a multiple of it, in bytes, if it is that large. */
  private static final int ALIGNMENT = 32;

  private static final int HALT = 0xf4;

  private final Module module;
  private final Functions functions;
  private final List<Integer> parts;
  private final Callees callees;
  private final Decoder decoder;
  private final Instruction now = new Instruction();
  private final Transfer step;
  private final BasicBlocks blocks;
  private final ZeroFlag flag;
  private Facts facts;

  /** What may be at any block: the states at jumps that may lead anywhere. */
  private State everywhere;

  private Labels labels;

  /** The arrays that have distances from labels, as far as they are understood. */
  private final Set<Long> arrays = new TreeSet<>();

  private final boolean lands;
  private final Pads pads;

  /** Whether something leads to the blocks that are followed. */
  private boolean led;

  /** Whether blocks were followed with values that are not known. */
  private boolean strays;

  private final Set<Long> oldCalls = new TreeSet<>();
  private boolean spreads;
  private int jumps;
  private int steps;

  private FunctionFlow(Module module, List<Integer> parts, Callees callees) {
    this.module = module;
    this.functions = module.functions();
    this.parts = parts;
    this.callees = callees;
    this.decoder = new Decoder(module.image().bytes());
    this.blocks = new BasicBlocks(functions, parts);
    this.step = new Transfer(module, functions.start(parts.get(0)), blocks);
    this.flag = new ZeroFlag(module.image());
    this.lands = parts.stream().anyMatch(part -> functions.is(part, Functions.LANDS));
    this.pads = new Pads(lands ? parts : List.of());
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
    Set<Long> all = new TreeSet<>(entries);
    flow.labels.all.stream().filter(facts.handed()::contains).forEach(all::add);
    if (done && !all.isEmpty()) { // so that what is known on the usual ways is not lost
      facts.stackEscapes();
      done = new FunctionFlow(module, parts, callees).run(List.copyOf(all), facts);
    }
    facts.finish();
    return done ? Optional.of(facts) : Optional.empty();
  }

  private boolean run(List<Long> entries, Facts found) {
    labels = new Labels(module, parts, blocks);
    if (blocks.find(module, callees)) {
      labels.find();
    }
    entries.forEach(blocks::lead);
    followAll(entries);
    boolean again = step.exposesStack(); // now it is known which slots others may change
    while (again || (arrays.stream().anyMatch(step::isMoved) && steps <= MOST_STEPS)) {
      again = false;
      arrays.clear();
      blocks.clear();
      everywhere = null;
      pads.clear();
      followAll(entries);
    }
    if (steps > MOST_STEPS) {
      return false;
    }
    facts = found;
    facts.oldCalls().addAll(oldCalls);
    if (strays) {
      facts.stackEscapes();
    }
    step.record(facts);
    for (int block = blocks.next(0); block >= 0; block = blocks.next(block + 1)) {
      block(blocks.address(block), blocks.state(block).copy());
    }
    return true;
  }

  private void followAll(List<Long> entries) {
    led = true;
    blocks.enter(functions.start(parts.get(0)), State.start());
    entries.forEach(entry -> blocks.enter(entry, State.unknown()));
    settle();
    strays = lands || everywhere != null;
    if (lands) {
      pads();
      return;
    }
    led = false;
    for (int block = blocks.next(0); block >= 0; block = blocks.next(block + 1)) {
      if (blocks.state(block) == null) { // nothing leads here
        strays = true;
        blocks.enter(block, State.unknown());
        settle();
      }
    }
  }

  /** Enters the landing pads, until what is known at the calls that lead there grows no more. */
  private void pads() {
    do {
      pads.enter();
      settle();
    } while (pads.grow() && steps <= MOST_STEPS);
    led = !pads.areListed();
    for (int block = blocks.next(0); block >= 0; block = blocks.next(block + 1)) {
      if (blocks.state(block) == null) {
        pads.addOther(block);
        settle();
      }
    }
    while (pads.grow() && steps <= MOST_STEPS) {
      pads.enter();
      settle();
    }
  }

  private void settle() {
    do {
      for (int block = blocks.take(); block >= 0 && steps <= MOST_STEPS; block = blocks.take()) {
        block(blocks.address(block), blocks.state(block).copy());
      }
    } while (steps <= MOST_STEPS && spread());
  }

  /**
   * Enters the blocks that may be jumped to with what is known at jumps that may lead anywhere:
   * all, and each instruction, if the function computes addresses of its code.
   */
  private boolean spread() {
    if (!spreads) {
      return false;
    }
    spreads = false;
    if (labels.computes) {
      labels.leadAll();
    }
    steps += blocks.count();
    if (labels.computes) {
      for (int block = blocks.next(0); block >= 0; block = blocks.next(block + 1)) {
        blocks.enter(block, everywhere);
      }
    } else {
      labels.targets().forEach(target -> blocks.enter(target, everywhere));
    }
    return true;
  }

  /** Goes through a block; while facts are recorded, nothing is entered. */
  private void block(long start, State state) {
    long end = blocks.end(start);
    long at = start;
    flag.clear();
    step.begin();
    steps += state.size() / SLOTS;
    while (at < end) {
      steps++;
      module.image().decode(decoder, at, end, now);
      long next = at + now.length();
      Kind kind = now.kind();
      switch (kind) {
        case JUMP -> jump(at, state);
        case BRANCH -> {
          step.branch(now, state);
          State taken = flag.isKnown() ? state.copy() : state;
          flag.refine(now.condition(), true, taken);
          jump(at, taken);
          flag.refine(now.condition(), false, state);
        }
        case JUMP_INDIRECT -> indirect(at, state);
        case RETURN -> {
          for (Atom atom : state.stackArgument(Long.BYTES).mentioned()) { // it may have been pushed
            if (atom.is(Base.ADDRESS) && blocks.contains(atom.offset())) {
              go(atom.offset(), step.returned(state));
            }
          }
          step.apply(at, now, state);
        }
        case CALL, CALL_INDIRECT -> {
          if (lands && facts == null) {
            steps += state.size() / SLOTS;
            pads.unwind(at, step.unwound(state));
          }
          if (kind == Kind.CALL && blocks.isInside(now.target())) {
            go(now.target(), step.inner(state));
          }
          step.apply(at, now, state);
          if (callees.returnsTwice(module, now)) {
            Transfer.again(state);
          }
        }
        case I386_CALL -> {
          if (led) {
            oldCalls.add(at);
          }
          step.apply(at, now, state);
        }
        default -> step.apply(at, now, state);
      }
      if ((kind.endsFlow() && !isHalt()) || callees.isLast(module, now)) {
        return;
      }
      flag.pass(now);
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

  private void jump(long at, State state) {
    if (blocks.contains(now.target())) {
      go(now.target(), state);
    } else {
      step.leave(at, now, state);
    }
  }

  /**
   * Whether an instruction halts: where that is not allowed, it kills the process. Compilers do not
   * know that it does if a programmer has written it, and let the code behind it go on with what is
   * in registers.
   */
  private boolean isHalt() {
    return now.opcode() == HALT && now.length() == 1;
  }

  private void go(long target, State state) {
    if (facts == null && !isOtherStack(target, state)) {
      blocks.enter(target, state);
    }
  }

  /**
   * Whether a Go function seems to jump to its start with another stack than it was entered with.
   * Go's code has one depth of the stack at each place, so this is code behind a call that does not
   * return, before the code that makes the stack larger and starts again.
   */
  private boolean isOtherStack(long target, State state) {
    if (!module.isGo() || target != functions.start(parts.get(0)) || !module.isGoCode(target)) {
      return false;
    }
    Atom pointer = state.registers[Instruction.RSP].single();
    return pointer == null || !pointer.equals(new Atom(Base.STACK, 0, 0));
  }

  private void indirect(long at, State state) {
    Value target = step.target(now, state);
    boolean known = !target.isAny();
    for (Atom atom : target.atoms()) {
      if (atom.is(Base.TABLE)) {
        known &= table(atom, state);
      } else if (atom.is(Base.DISTANCE)) {
        boolean leads = distances(atom, state);
        labels.computes |= !leads;
        known &= leads;
      } else if (atom.is(Base.ADDRESS) && blocks.contains(atom.offset())) {
        go(atom.offset(), state);
      } else if (atom.is(Base.LOADED)) {
        known &= word(atom, state);
      } else {
        known &= atom.is(Base.ADDRESS);
      }
    }
    step.leave(at, now, state);
    if (!known && facts == null) {
      anywhere(state);
    }
  }

  /**
   * A jump to the address in a word of memory.
   *
   * @return whether it is known where it leads
   */
  private boolean word(Atom loaded, State state) {
    boolean constant = step.isConstant(loaded);
    long target = constant ? step.word(loaded.key()) : 0;
    if (target == 0) { // the program may write there, or the address is that of a symbol
      toLabels(state);
    } else if (blocks.contains(target)) {
      go(target, state);
    }
    return constant;
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

  /**
   * A jump to an entry of an array. The array may have entries that lead elsewhere, as long as it
   * does not end.
   *
   * @return whether it leads into the function, and all its entries were read
   */
  private boolean table(Atom table, State state) {
    boolean wide = table.offset() == Long.BYTES;
    if (wide && !module.image().isConstant(table.key())) {
      toLabels(state);
    }
    boolean leads = false;
    boolean strays = false;
    long end = module.objectEnd(table.key());
    for (int i = 0; i < LONGEST_TABLE; i++) {
      long place = table.key() + i * table.offset();
      boolean inside = i == 0 || place + table.offset() <= end;
      if ((!wide && !inside) || !module.image().hasBytes(place, (int) table.offset())) {
        return leads;
      }
      long target = wide ? step.word(place) : table.key() + module.image().half(place);
      if (blocks.contains(target) && (!strays || blocks.isInstruction(module, target))) {
        go(target, state);
        leads = true;
      } else if (!wide || target != 0 || module.image().word(place) != 0) {
        strays = true;
        if (!inside) {
          return leads;
        }
      }
    }
    return false;
  }

  /**
   * A jump to an address to which an entry of an array was added. That need not be a table of the
   * compiler's, whose address code has as it is: what is taken off the index may be taken off the
   * address, which then is that of something before the array.
   *
   * @return whether it is an array's address, and all that belongs to the array leads into the
   *     function
   */
  private boolean distances(Atom sum, State state) {
    long table = sum.key();
    if (step.isMoved(table) || table % ALIGNMENT != 0) {
      return false;
    }
    arrays.add(table);
    long end = module.objectEnd(table);
    for (int i = 0; i < LONGEST_TABLE; i++) {
      long place = table + (long) i * Integer.BYTES;
      if (i > 0 && place + Integer.BYTES > end) {
        return true;
      }
      boolean read =
          module.image().isConstant(place) && module.image().hasBytes(place, Integer.BYTES);
      long target = read ? sum.offset() + module.image().half(place) : 0;
      if (!read || !blocks.contains(target)) {
        return false;
      }
      go(target, state);
    }
    return false;
  }

  private void toLabels(State state) {
    labels.all.forEach(label -> go(label, state));
  }

  /**
   * The landing pads of a function with the states at the calls from which unwinding leads there.
   * Where the tables do not have a call, that may be any block that nothing else leads to: code
   * does not jump to such pads, since they expect the exception in rax.
   */
  private final class Pads {
    /** What is known at the calls that lead to a pad, and how often it grew. */
    private final class Calls {
      private State state;
      private int joined;

      void add(State call) {
        if (state == null) {
          state = call;
          grew = true;
        } else {
          grew |= state.join(call, ++joined > PATIENCE);
        }
      }
    }

    private final NavigableMap<Long, CallSites.Site> sites = new TreeMap<>();
    private final SortedMap<Long, Calls> known = new TreeMap<>();

    /** Calls that the tables do not have. */
    private Calls others = new Calls();

    /** Blocks that nothing leads to. */
    private final List<Integer> unled = new ArrayList<>();

    private boolean grew;

    Pads(List<Integer> parts) {
      for (int part : parts) {
        for (CallSites.Site site :
            module.callSites().of(functions.start(part), functions.end(part))) {
          sites.put(site.from(), site);
          if (blocks.contains(site.pad())) {
            blocks.lead(site.pad());
          }
        }
      }
    }

    void clear() {
      known.clear();
      others = new Calls();
      unled.clear();
      grew = false;
    }

    /** Unwinding may lead through a call. */
    void unwind(long call, State state) {
      Map.Entry<Long, CallSites.Site> entry = sites.floorEntry(call);
      CallSites.Site site = entry == null ? null : entry.getValue();
      if (site == null || call >= site.to()) {
        others.add(state);
      } else if (blocks.contains(site.pad())) {
        known.computeIfAbsent(site.pad(), key -> new Calls()).add(state);
      }
    }

    void enter() {
      known.forEach((pad, calls) -> blocks.enter(pad, State.unwound(calls.state)));
      unled.forEach(block -> blocks.enter(block, other()));
    }

    /** Enters a block that nothing led to up to now. */
    void addOther(int block) {
      unled.add(block);
      blocks.enter(block, other());
    }

    private State other() {
      return areListed() ? State.unknown() : State.unwound(others.state);
    }

    /** Whether the tables have all calls, and so all pads. */
    boolean areListed() {
      return !sites.isEmpty() && others.state == null;
    }

    /** Whether more is known since the last time. */
    boolean grow() {
      boolean more = grew;
      grew = false;
      return more;
    }
  }

  /**
   * Addresses inside a function that code or data keeps, to which the function may jump: labels as
   * values, an extension of C by GCC.
   */
  private static final class Labels {
    private final Module module;
    private final List<Integer> parts;
    private final BasicBlocks blocks;
    private final Set<Long> all = new TreeSet<>();

    /** Whether code computes with such an address: from it, any other place can be reached. */
    private boolean computes;

    private boolean ledAll;

    /** Null until that is asked. */
    private Set<Long> targets;

    Labels(Module module, List<Integer> parts, BasicBlocks blocks) {
      this.module = module;
      this.parts = parts;
      this.blocks = blocks;
    }

    /** Finds the labels of a function that jumps to addresses; they become leaders of blocks. */
    void find() {
      Functions functions = module.functions();
      Set<Long> kept = new TreeSet<>();
      for (int part : parts) {
        for (long label : module.slots().code(functions.start(part), functions.end(part))) {
          kept.add(label);
        }
      }
      each((at, now) -> name(now, kept));
      kept.remove(functions.start(parts.get(0)));
      if (!kept.isEmpty()) {
        each((at, now) -> lead(at, kept));
        for (int part : parts) {
          for (long place : functions.insideInstructions(part)) {
            lead(place, kept);
          }
        }
      }
    }

    /**
     * Where jumps may lead if the function computes no addresses of its code: to labels, and to
     * what tables of distances have that it refers to.
     */
    Set<Long> targets() {
      if (targets == null) {
        targets = new TreeSet<>(all);
        for (int part : parts) {
          for (long reference : module.functions().references(part)) {
            if (Reference.kind(reference) == Reference.DATA) {
              table(Reference.address(reference));
            }
          }
        }
      }
      return targets;
    }

    private void table(long table) {
      long end = module.objectEnd(table);
      boolean strays = false;
      for (int i = 0; i < LONGEST_TABLE; i++) {
        long place = table + (long) i * Integer.BYTES;
        if ((i > 0 && place + Integer.BYTES > end)
            || !module.image().hasBytes(place, Integer.BYTES)) {
          return;
        }
        long distance = module.image().half(place);
        boolean absolute = module.image().isFixed() && blocks.contains(distance);
        long target = absolute ? distance : table + distance;
        if (blocks.contains(target) && (!strays || blocks.isInstruction(module, target))) {
          targets.add(target);
        }
        strays |= !absolute && !module.image().elf().isExecutable(target);
      }
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

    private void name(Instruction now, Set<Long> kept) {
      boolean fixed = module.image().isFixed();
      if (now.kind() == Kind.LEA && now.isRipRelative()) {
        name(now.displacement(), kept);
      } else if (fixed && now.kind() == Kind.LEA && !now.isThreadLocal()) {
        name(now.displacement() & 0xffff_ffffL, kept);
      } else if (now.kind() == Kind.CALL && blocks.isInside(now.target())) {
        name(now.target(), kept); // it pushes the address behind it
      } else if (fixed && now.hasImmediate()) {
        name(now.immediate() & 0xffff_ffffL, kept);
      }
    }

    private void name(long address, Set<Long> kept) {
      if (blocks.contains(address)) {
        kept.add(address);
        computes = true;
      }
    }

    private void lead(long at, Set<Long> kept) {
      if (kept.contains(at)) {
        all.add(at);
        blocks.lead(at);
      }
    }

    /** Each instruction becomes the leader of a block. */
    void leadAll() {
      if (!ledAll) {
        ledAll = true;
        each((at, now) -> blocks.lead(at));
      }
    }
  }
}
