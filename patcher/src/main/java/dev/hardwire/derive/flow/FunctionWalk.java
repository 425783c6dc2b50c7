package dev.hardwire.derive.flow;

import dev.hardwire.derive.decode.Decoder;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Module;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Goes through the instructions of one function that may run, from its start on, with what is known
 * before each of them. What is not understood goes all ways.
 *
 * @param <S> what is known
 */
abstract class FunctionWalk<S extends FunctionWalk.State<S>> {
  /**
   * What is known at one place.
   *
   * @param <S> the class itself
   */
  interface State<S> {
    S copy();

    /** Adds what another way to the same place brings; whether that changed anything. */
    boolean join(S other);
  }

  final Module module;

  /** The instruction that is looked at. */
  final Instruction now = new Instruction();

  private final long start;
  private final long end;
  private final Callees callees;
  private final Decoder decoder;
  private final Map<Long, S> states = new HashMap<>();
  private final ArrayDeque<Long> open = new ArrayDeque<>();
  private boolean understood = true;

  FunctionWalk(Module module, int function, Callees callees) {
    this.module = module;
    this.start = module.functions().start(function);
    this.end = module.functions().end(function);
    this.callees = callees;
    this.decoder = new Decoder(module.image().bytes());
  }

  /** The addresses of the instructions that may run; empty if that is not known. */
  final Optional<Set<Long>> follow(S first) {
    enter(start, first);
    while (!open.isEmpty() && understood) {
      long address = open.remove();
      run(address, states.get(address).copy());
    }
    return understood ? Optional.of(states.keySet()) : Optional.empty();
  }

  /** Goes on at an address later, unless it belongs to another function. */
  final void enter(long address, S state) {
    if (address < start || address >= end) {
      return;
    }
    S known = states.get(address);
    if (known == null) {
      states.put(address, state.copy());
      open.add(address);
    } else if (known.join(state)) {
      open.add(address);
    }
  }

  private void run(long from, S state) {
    module.image().decode(decoder, from, end, now);
    if (now.kind() == Kind.INVALID || now.kind() == Kind.I386_CALL) {
      understood = false;
      return;
    }
    long next = from + now.length();
    switch (now.kind()) {
      case BRANCH -> {
        Optional<Boolean> taken = branch(state);
        if (taken.orElse(true)) {
          enter(now.target(), state);
        }
        if (!taken.orElse(false)) {
          enter(next, state);
        }
      }
      case JUMP -> enter(now.target(), state);
      case JUMP_INDIRECT -> understood = jump(from, state);
      case RETURN, STOP -> {
        // nothing follows
      }
      default -> {
        if (!callees.isLast(module, now)) {
          step(state);
          enter(next, state);
        }
      }
    }
  }

  /**
   * Whether the branch is taken; empty if both may be.
   *
   * @param state before it; becomes the one behind it
   */
  abstract Optional<Boolean> branch(S state);

  /**
   * Enters what the indirect jump may lead to.
   *
   * @return whether that is known
   */
  abstract boolean jump(long from, S state);

  /** Does what another instruction does. */
  abstract void step(S state);
}
