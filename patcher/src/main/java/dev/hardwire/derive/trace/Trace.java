package dev.hardwire.derive.trace;

import dev.hardwire.derive.decode.Decoder;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.flow.Callees;
import dev.hardwire.derive.flow.Word;
import dev.hardwire.derive.link.Flows;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All ways through a function and chosen ones that it calls, each followed by itself: loops are run
 * through as often as the program does, so that what they read from arrays and lists of arguments
 * is known. A branch on what is not known goes both ways.
 */
public final class Trace {
  private static final int MOST_STEPS = 100_000;
  private static final int DEEPEST = 8;

  /** So many words of the stack may be known on one way. */
  private static final int MOST_WORDS = 4096;

  /** So many words may be kept of all ways that are still to be followed, or were. */
  private static final int MOST_KEPT = 500_000;

  /**
   * What is traced.
   *
   * @param function from its start on
   * @param recorded the function whose calls are recorded instead of being followed
   * @param followed functions that are followed where they are called
   */
  public record Question(int function, int recorded, Set<Integer> followed) {}

  private final Linked linked;
  private final Flows flows;
  private final Callees callees;
  private final ConstantWords constants;
  private final Map<Integer, Integer> arguments;
  private final Question question;
  private final Instruction now = new Instruction();
  private final TracedTransfer step;
  private final TracedOperand operand;
  private final ArrayDeque<TracedState> open = new ArrayDeque<>();
  private final Set<TracedState> seen = new HashSet<>();
  private final TracedCalls found = TracedCalls.none();
  private boolean understood = true;

  /** Whether all names were known up to now. */
  private boolean goesOn = true;

  private int steps;
  private int kept;
  private int function = -1;

  private Trace(Linked linked, Flows flows, Map<Integer, Integer> arguments, Question question) {
    this.linked = linked;
    this.flows = flows;
    this.callees = flows.callees();
    this.constants = new ConstantWords(linked);
    this.arguments = arguments;
    this.question = question;
    this.operand = new TracedOperand(constants, now);
    this.step = new TracedTransfer(now, operand);
  }

  /**
   * Traces a function from its start, called by anything; empty if that is not understood. It ends
   * when a name is not known.
   *
   * @param arguments how many arguments functions have, all of them in registers, where that is
   *     known
   */
  public static Optional<TracedCalls> of(
      Linked linked, Flows flows, Map<Integer, Integer> arguments, Question question) {
    Trace trace = new Trace(linked, flows, arguments, question);
    int function = question.function();
    trace.open.add(TracedState.start(linked.moduleOf(function), linked.start(function)));
    while (!trace.open.isEmpty() && trace.understood && trace.goesOn) {
      trace.follow(trace.open.removeLast());
    }
    return trace.understood ? Optional.of(trace.found) : Optional.empty();
  }

  private boolean refuse() {
    understood = false;
    return false;
  }

  private void follow(TracedState state) {
    boolean leads = true;
    while (leads && goesOn) {
      if (++steps > MOST_STEPS || state.size() > MOST_WORDS || !locate(state)) {
        refuse();
        return;
      }
      Module module = linked.module(state.file());
      Decoder decoder = new Decoder(module.image().bytes());
      module.image().decode(decoder, state.address(), linked.end(function), now);
      leads = one(module, state);
    }
  }

  private boolean locate(TracedState state) {
    boolean same =
        function >= 0
            && linked.moduleOf(function) == state.file()
            && state.address() >= linked.start(function)
            && state.address() < linked.end(function);
    if (!same) {
      function = linked.at(state.file(), state.address());
      found.functions().add(function);
    }
    return same || isTraceable();
  }

  private boolean isTraceable() {
    return function >= 0 && !linked.file(function).isGo() && !linked.is(function, Functions.LANDS);
  }

  /** The registers that a function may read, as bits (x86-64 psABI, 3.2.3). */
  private int read(int target) {
    return switch (arguments.getOrDefault(target, -1)) {
      case 0 -> 0;
      case 1 -> 0x80;
      case 2 -> 0xc0;
      case 3 -> 0xc4;
      default -> Instruction.CALLER_SAVED;
    };
  }

  /** Goes through one instruction; whether the way goes on. */
  private boolean one(Module module, TracedState state) {
    long next = state.address() + now.length();
    switch (now.kind()) {
      case BRANCH -> {
        return branch(module, state, next);
      }
      case JUMP -> {
        return jump(module, now.target(), state);
      }
      case JUMP_INDIRECT -> {
        int target = indirect(state);
        return target >= 0 ? enter(module, target, state) : refuse();
      }
      case CALL, CALL_INDIRECT -> {
        return call(module, state, next);
      }
      case RETURN -> {
        return leave(state);
      }
      case STOP -> {
        return false;
      }
      case INVALID, I386_CALL -> {
        return refuse();
      }
      case CONDITIONAL_MOVE -> {
        Optional<Boolean> moves = holds(state);
        Word moved = conditional(state); // a half clears the other one in any case
        state.set(now.reg(), operand.sized(state.register(now.reg()), state));
        if (moves.isEmpty() && !fork(module, state, next)) {
          return false;
        }
        if (moves.orElse(true)) {
          state.set(now.reg(), moved);
        }
      }
      default -> step.apply(state);
    }
    return goOn(module, state, next);
  }

  private Word conditional(TracedState state) {
    return operand.sized(
        now.hasMemory() ? operand.load(now.size(), state) : state.register(now.rm()), state);
  }

  /** Goes on with the next instruction, which may belong to another function. */
  private boolean goOn(Module module, TracedState state, long next) {
    if (next >= linked.end(function)) {
      return jump(module, next, state);
    }
    state.goTo(state.file(), next);
    return state.hasStack() || refuse();
  }

  private Optional<Boolean> holds(TracedState state) {
    return state.last() == null ? Optional.empty() : state.last().holds(now.condition());
  }

  private boolean branch(Module module, TracedState state, long next) {
    Optional<Boolean> taken = holds(state);
    state.clobber(now.writes());
    if (taken.isEmpty() && !fork(module, state, next)) {
      return false;
    }
    return taken.orElse(true) ? jump(module, now.target(), state) : goOn(module, state, next);
  }

  /** The way goes on with the next instruction as well; whether that is understood and new. */
  private boolean fork(Module module, TracedState state, long next) {
    kept += state.size();
    if (kept > MOST_KEPT) {
      return refuse();
    }
    if (!seen.add(state.copy())) {
      return false;
    }
    TracedState other = state.copy();
    if (goOn(module, other, next)) {
      open.add(other);
    }
    return understood;
  }

  /** Jumps to code of the function, or of another one. */
  private boolean jump(Module module, long target, TracedState state) {
    if (target >= linked.start(function) && target < linked.end(function)) {
      state.goTo(state.file(), target);
      return true;
    }
    boolean through = module.image().thunk(target) != 0;
    int part = through ? -1 : linked.at(state.file(), target);
    if (part >= 0 && !flows.isEntry(part)) { // it lies elsewhere
      state.goTo(state.file(), target);
      return true;
    }
    int other = function(module, state.file(), target);
    if (!through && other < 0) {
      return refuse();
    }
    return enter(module, other, state);
  }

  /** Jumps to another function, which returns to the caller of this one. */
  private boolean enter(Module module, int target, TracedState state) {
    note(target, state);
    if (target >= 0 && question.followed().contains(target)) {
      state.goTo(linked.moduleOf(target), linked.start(target));
      return true;
    }
    if (!state.hasStack() || callees.returnsTwice(module, now) || isTwice(target)) {
      return refuse();
    }
    Word pointer = state.register(Instruction.RSP);
    state.set(Instruction.RSP, pointer.plus(Long.BYTES)); // its arguments are behind the address
    Word back = state.load(pointer.number(), Long.BYTES);
    state.call(read(target), !arguments.containsKey(target));
    state.set(Instruction.RSP, pointer);
    state.store(pointer.number(), Long.BYTES, back);
    return leave(state);
  }

  /** Returns to the caller; the way ends where that is not known. */
  private boolean leave(TracedState state) {
    return state.depth() > 1 && (state.leave() || refuse());
  }

  private boolean isTwice(int target) {
    return target >= 0 && callees.returnsTwice(linked.file(target), false, linked.start(target));
  }

  private void note(int target, TracedState state) {
    if (target >= 0 && (target == question.recorded() || question.followed().contains(target))) {
      found.saw(state.file(), state.address());
    }
    if (target == question.recorded()) {
      Word name = state.register(Instruction.RSI);
      found.calls().add(new TracedCalls.Call(function, name));
      goesOn &= !name.is(Word.Kind.UNKNOWN);
    }
  }

  private boolean call(Module module, TracedState state, long next) {
    int target = now.kind() == Kind.CALL_INDIRECT ? indirect(state) : direct(module, state);
    note(target, state);
    if (callees.returnsTwice(module, now) || isTwice(target)) {
      return refuse();
    }
    if (target >= 0 && question.followed().contains(target)) {
      Word pointer = state.register(Instruction.RSP).plus(-Long.BYTES);
      if (state.depth() > DEEPEST || !pointer.is(Word.Kind.STACK)) {
        return refuse();
      }
      state.set(Instruction.RSP, pointer);
      state.store(pointer.number(), Long.BYTES, Word.address(state.file(), next));
      state.goTo(linked.moduleOf(target), linked.start(target));
      return state.enter() || refuse();
    }
    if (callees.isLast(module, now)) {
      return false;
    }
    boolean stack = !arguments.containsKey(target);
    return (state.call(read(target), stack) || refuse()) && goOn(module, state, next);
  }

  private int direct(Module module, TracedState state) {
    return function(module, state.file(), now.target());
  }

  /** The function that starts at an address, or that the code there jumps to; -1 for none. */
  private int function(Module module, int file, long address) {
    long slot = module.image().thunk(address);
    int found = slot != 0 ? linked.called(file, slot) : linked.at(file, address);
    return slot == 0 && found >= 0 && linked.start(found) != address ? -1 : found;
  }

  /** The function that an indirect call or jump leads to; -1 if that is not known. */
  private int indirect(TracedState state) {
    if (now.isRipRelative()) {
      return linked.called(state.file(), now.displacement());
    }
    Word word =
        constants.located(
            now.hasMemory() ? operand.load(Long.BYTES, state) : state.register(now.rm()));
    return word.is(Word.Kind.ADDRESS)
        ? function(linked.module(word.file()), word.file(), word.number())
        : -1;
  }
}
