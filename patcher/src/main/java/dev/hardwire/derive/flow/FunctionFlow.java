package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Decoder;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.flow.Atom.Base;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Follows values through one function and the parts that it jumps to, until nothing is added any
 * more.
 */
public final class FunctionFlow {
  /** What is known about other functions. */
  public interface Callees {
    /** Whether a function may return to its caller. */
    boolean returns(Module module, boolean throughSlot, long target);
  }

  /** So often is a block joined before values that still grow become any. */
  private static final int PATIENCE = 24;

  /** Instructions that are followed at most, each as often as it is passed. */
  private static final int MOST_STEPS = 2_000_000;

  private static final int LONGEST_TABLE = 4096;

  private final Module module;
  private final Functions functions;
  private final List<Integer> parts;
  private final Callees callees;
  private final Decoder decoder;
  private final Instruction now = new Instruction();
  private final Step step;
  private final NavigableSet<Long> leaders = new TreeSet<>();
  private final TreeMap<Long, State> entries = new TreeMap<>();
  private final Map<Long, Integer> visits = new HashMap<>();
  private final ArrayDeque<Long> work = new ArrayDeque<>();
  private final Set<Long> queued = new HashSet<>();
  private Facts facts;
  private State everywhere;
  private int jumps;
  private int steps;

  private FunctionFlow(Module module, List<Integer> parts, Callees callees) {
    this.module = module;
    this.functions = module.functions();
    this.parts = parts;
    this.callees = callees;
    this.decoder = new Decoder(module.image().bytes());
    this.step = new Step(module);
  }

  /**
   * Follows the values of a function.
   *
   * @param parts the function, and parts of it that lie elsewhere
   * @return empty if that would take too long
   */
  public static Optional<Facts> of(Module module, List<Integer> parts, Callees callees) {
    FunctionFlow flow = new FunctionFlow(module, parts, callees);
    flow.findLeaders();
    flow.followAll();
    if (flow.step.exposesStack()) { // now it is known which slots others may change
      flow.entries.clear();
      flow.visits.clear();
      flow.everywhere = null;
      flow.followAll();
    }
    if (flow.steps > MOST_STEPS) {
      return Optional.empty();
    }
    flow.facts = new Facts();
    flow.step.record(flow.facts);
    for (Map.Entry<Long, State> entry : List.copyOf(flow.entries.entrySet())) {
      flow.block(entry.getKey(), entry.getValue().copy());
    }
    return Optional.of(flow.facts);
  }

  private void followAll() {
    enter(functions.start(parts.get(0)), State.start());
    settle();
    for (long leader : List.copyOf(leaders)) {
      if (!entries.containsKey(leader)) { // a landing pad, or nothing leads here
        enter(leader, State.unknown());
        settle();
      }
    }
  }

  private boolean contains(long address) {
    for (int part : parts) {
      if (address >= functions.start(part) && address < functions.end(part)) {
        return true;
      }
    }
    return false;
  }

  private long end(long address) {
    for (int part : parts) {
      if (address >= functions.start(part) && address < functions.end(part)) {
        return functions.end(part);
      }
    }
    return address;
  }

  private void findLeaders() {
    for (int part : parts) {
      long end = functions.end(part);
      boolean leads = part != parts.get(0);
      for (long at = functions.start(part); at < end; at += now.length()) {
        decode(at, end);
        boolean filler = now.kind() == Kind.STOP || Step.isNop(now);
        if (leads && !filler) {
          leaders.add(at);
          leads = false;
        }
        if (now.kind() == Kind.JUMP || now.kind() == Kind.BRANCH) {
          if (contains(now.target())) {
            leaders.add(now.target());
          }
          leads = true;
        }
        leads |= now.kind().endsFlow();
      }
    }
    leaders.add(functions.start(parts.get(0)));
  }

  private void decode(long address, long end) {
    int offset = module.image().offset(address);
    decoder.decode(offset, (int) (offset + end - address), address, now);
  }

  private void enter(long address, State state) {
    leaders.add(address);
    State known = entries.get(address);
    if (known == null) {
      entries.put(address, state.copy());
      queue(address);
      return;
    }
    int count = visits.merge(address, 1, Integer::sum);
    if (known.join(state, count > PATIENCE)) {
      queue(address);
    }
  }

  private void queue(long address) {
    if (queued.add(address)) {
      work.add(address);
    }
  }

  private void settle() {
    while (!work.isEmpty() && steps <= MOST_STEPS) {
      long address = work.remove();
      queued.remove(address);
      block(address, entries.get(address).copy());
    }
  }

  /** Goes through a block; while facts are recorded, nothing is entered. */
  private void block(long start, State state) {
    long end = end(start);
    long at = start;
    while (at < end) {
      steps++;
      decode(at, end);
      long next = at + now.length();
      Kind kind = now.kind();
      switch (kind) {
        case JUMP, BRANCH -> {
          if (contains(now.target())) {
            go(now.target(), state);
          } else {
            step.leave(at, now, state);
          }
        }
        case JUMP_INDIRECT -> indirect(at, state);
        default -> step.apply(at, now, state);
      }
      if (kind.endsFlow() || isLast(kind)) {
        return;
      }
      at = next;
      if (leaders.contains(at)) {
        go(at, state);
        return;
      }
    }
    if (contains(at)) {
      go(at, state);
    }
  }

  /** Whether a call does not come back. */
  private boolean isLast(Kind kind) {
    if (kind == Kind.CALL) {
      return !callees.returns(module, false, now.target());
    }
    return kind == Kind.CALL_INDIRECT
        && now.isRipRelative()
        && !callees.returns(module, true, now.displacement());
  }

  private void go(long target, State state) {
    if (facts == null) {
      enter(target, state);
    }
  }

  private void indirect(long at, State state) {
    Value target = step.target(now, state);
    boolean known = !target.isAny();
    for (Atom atom : target.atoms()) {
      if (atom.is(Base.TABLE)) {
        known &= table(atom, state);
      } else if (atom.is(Base.ADDRESS) && contains(atom.offset())) {
        go(atom.offset(), state);
      } else {
        known &= atom.is(Base.ADDRESS) || atom.is(Base.LOADED);
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
    } else if (!everywhere.join(state, ++jumps > PATIENCE)) {
      return;
    }
    steps += leaders.size();
    for (long leader : List.copyOf(leaders)) {
      enter(leader, everywhere);
    }
  }

  private boolean table(Atom table, State state) {
    boolean wide = table.offset() == Long.BYTES;
    int count = 0;
    for (; count < LONGEST_TABLE; count++) {
      long place = table.key() + count * table.offset();
      if (!module.image().hasBytes(place, (int) table.offset())) {
        break;
      }
      long target = wide ? step.word(place) : table.key() + module.image().half(place);
      if (!contains(target)) {
        break;
      }
      go(target, state);
    }
    return count > 0;
  }
}
