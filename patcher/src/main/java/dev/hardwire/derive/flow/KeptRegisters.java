package dev.hardwire.derive.flow;

import static dev.hardwire.derive.decode.Instruction.RBP;
import static dev.hardwire.derive.decode.Instruction.RSP;
import static dev.hardwire.derive.decode.Instruction.bit;

import dev.hardwire.derive.decode.Decoder;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The registers that code still uses behind a call, although functions may change them: compilers
 * know which ones the functions of a file change (GCC's -fipa-ra). They know nothing of other files
 * and of what pointers lead to, so for them a function that calls such changes all.
 */
final class KeptRegisters {
  private static final int NONE = 0;

  /** The number and arguments of system calls. */
  private static final int KERNEL = 0x07c5;

  /** So many instructions behind a call are looked at. */
  private static final int MOST_BEHIND = 200;

  /** So far are calls followed; a function that is called further away may leave everything. */
  private static final int DEEPEST = 2;

  /** Kinds that do nothing to their first register but write it. */
  private static final Set<Kind> WRITING =
      EnumSet.of(
          Kind.MOVE_IMMEDIATE,
          Kind.MOVE,
          Kind.LOAD,
          Kind.LEA,
          Kind.ZERO,
          Kind.ZERO_EXTEND,
          Kind.SIGN_EXTEND,
          Kind.POP);

  private final Module module;
  private final Functions functions;

  /**
   * The registers that a function certainly changes, as compilers see it, by its index and how far
   * calls are followed from it.
   */
  private final Map<Long, Integer> changes = new HashMap<>();

  /** By call, the registers that may be used behind it. */
  private final Map<Long, Integer> uses = new HashMap<>();

  KeptRegisters(Module module) {
    this.module = module;
    this.functions = module.functions();
  }

  /**
   * A bit for each register that a called function may leave as it is, and that may be used behind
   * the call.
   *
   * @param call the address of the call
   * @param length of the instruction
   * @param registers the ones in question
   */
  int at(long call, int length, long callee, int registers) {
    int kept = registers & ~changes(functions.at(callee), callee, DEEPEST);
    return kept == NONE
        ? NONE
        : kept
            & uses.computeIfAbsent(call, key -> new Uses(functions.at(key)).behind(key + length));
  }

  private int changes(int function, long entry, int depth) {
    if (function < 0 || functions.start(function) != entry || depth == 0) {
      return NONE;
    }
    long key = (long) function * DEEPEST + depth - 1;
    Integer found = changes.get(key);
    if (found == null) {
      found = new Changes(function, depth).all();
      changes.put(key, found);
    }
    return found;
  }

  /** What a function changes. */
  private final class Changes {
    private final int function;
    private final int depth;
    private int changed;
    private int saved;
    private int restored;

    Changes(int function, int depth) {
      this.function = function;
      this.depth = depth;
    }

    int all() {
      for (Instructions code = new Instructions(module, function); code.next(); ) {
        one(code.now());
        if (saved == NONE && (Instruction.CALLER_SAVED & ~changed) == NONE) {
          break;
        }
      }
      return changed & ~restored;
    }

    private void one(Instruction now) {
      boolean stack = now.hasMemory() && (now.base() == RSP || now.base() == RBP);
      switch (now.kind()) {
        case CALL, JUMP, BRANCH -> leads(now.kind() == Kind.CALL, now.target());
        case CALL_INDIRECT -> changed = Instruction.CALLER_SAVED;
        case SYSCALL -> changed |= Instruction.SYSCALL_CHANGES;
        case PUSH, STORE -> {
          if (now.reg() >= 0 && (stack || now.kind() == Kind.PUSH)) {
            saved |= bit(now.reg()) & Instruction.CALLER_SAVED & ~changed;
          }
        }
        case POP, LOAD -> {
          restored |= stack || now.kind() == Kind.POP ? bit(now.reg()) & saved : NONE;
          changed |= bit(now.reg());
        }
        default -> changed |= now.changes();
      }
    }

    private void leads(boolean call, long target) {
      boolean inside = target >= functions.start(function) && target < functions.end(function);
      if (module.image().thunk(target) != 0) {
        changed = Instruction.CALLER_SAVED;
      } else if (call || !inside) {
        changed |= changes(functions.at(target), target, depth - 1);
      }
    }
  }

  /** What a function uses. */
  private final class Uses {
    private final long start;
    private final long end;
    private final Decoder decoder = new Decoder(module.image().bytes());
    private final Instruction now = new Instruction();

    /** By address, the registers that are asked for there. */
    private final Map<Long, Integer> asked = new HashMap<>();

    private final ArrayDeque<Long> open = new ArrayDeque<>();

    Uses(int function) {
      this.start = function < 0 ? 0 : functions.start(function);
      this.end = function < 0 ? 0 : functions.end(function);
    }

    int behind(long from) {
      int used = NONE;
      lead(from, Instruction.CALLER_SAVED);
      for (int left = MOST_BEHIND; !open.isEmpty(); left--) {
        long at = open.remove();
        int rest = asked.get(at);
        if (left == 0) {
          return Instruction.CALLER_SAVED;
        }
        module.image().decode(decoder, at, end, now);
        used |= rest & read();
        if (!now.kind().endsFlow()) {
          lead(at + now.length(), rest & ~written());
        }
        if (now.kind() == Kind.JUMP || now.kind() == Kind.BRANCH) {
          lead(now.target(), rest);
        }
      }
      return used;
    }

    private void lead(long to, int registers) {
      int before = asked.getOrDefault(to, NONE);
      if (to >= start && to < end && (registers & ~before) != NONE) {
        asked.put(to, before | registers);
        open.add(to);
      }
    }

    private int read() {
      Kind kind = now.kind();
      int named = bit(now.rm()) | bit(now.base()) | bit(now.index());
      named |= WRITING.contains(kind) ? NONE : bit(now.reg());
      boolean leaves = now.target() < start || now.target() >= end;
      return switch (kind) {
        case CALL, CALL_INDIRECT -> named | Instruction.ARGUMENTS;
        case JUMP, BRANCH -> leaves ? Instruction.ALL : NONE;
        case JUMP_INDIRECT, INVALID -> Instruction.ALL;
        case SYSCALL -> KERNEL;
        case ZERO -> NONE;
        default -> named | now.writes();
      };
    }

    private int written() {
      boolean whole = WRITING.contains(now.kind()) && now.size() >= Integer.BYTES;
      return whole ? bit(now.reg()) : NONE;
    }
  }
}
