package dev.hardwire.derive.flow;

import static dev.hardwire.derive.decode.Instruction.RBP;
import static dev.hardwire.derive.decode.Instruction.RSP;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Module;
import java.util.HashMap;
import java.util.Map;

/**
 * What small functions may read that use only their own part of the stack, and call only other such
 * functions: no arguments on the stack, and of the registers those that their code names.
 */
final class PlainCallees {
  /** A function may read any register, and the stack. */
  static final int UNKNOWN = -1;

  /** Functions that are longer are not looked at, in bytes. */
  private static final int LONGEST = 256;

  /** So far are calls followed. */
  private static final int DEEPEST = 2;

  private final Module module;

  /** By address. */
  private final Map<Long, Integer> known = new HashMap<>();

  PlainCallees(Module module) {
    this.module = module;
  }

  /** A bit for each register that a function, or what it calls, may read; or {@link #UNKNOWN}. */
  int read(long function) {
    Integer read = known.get(function);
    if (read == null) {
      read = new Callee(function, 0).read();
      known.put(function, read);
    }
    return read;
  }

  /** One function. */
  private final class Callee {
    private final int depth;
    private final long start;
    private final int index;
    private final long end;

    /** How many bytes are on the stack above the return address, by the place in the code. */
    private final Map<Long, Long> used = new HashMap<>();

    Callee(long start, int depth) {
      this.start = start;
      this.depth = depth;
      this.index = module.functions().simple(start, LONGEST);
      this.end = index < 0 ? start : module.functions().end(index);
    }

    int read() {
      int read = 0;
      used.put(start, 0L);
      boolean flows = true;
      for (Instructions code = new Instructions(module, index); code.next(); ) {
        Instruction now = code.now();
        Long size = used.get(code.address());
        if (size == null) { // nothing leads here, or something behind it
          if (now.kind() != Kind.STOP && !Transfer.isNop(now)) {
            return UNKNOWN;
          }
          flows = false;
          continue;
        }
        int more = one(now, size);
        if (more == UNKNOWN || !isPassed(code.address() + now.length(), now, size)) {
          return UNKNOWN;
        }
        read |= more;
        flows = !now.kind().endsFlow();
      }
      return flows ? UNKNOWN : read;
    }

    /** The registers that an instruction may read. */
    private int one(Instruction now, long size) {
      int read = now.named();
      boolean stack = false;
      switch (now.kind()) {
        case CALL, JUMP, BRANCH -> {
          return isInside(now.target()) && now.kind() != Kind.CALL ? 0 : called(now, size);
        }
        case CALL_INDIRECT, JUMP_INDIRECT, SYSCALL, I386_CALL, INVALID, LEAVE -> {
          return UNKNOWN;
        }
        case RETURN -> {
          return size == 0 ? 0 : UNKNOWN;
        }
        case PUSH, POP, ADD_IMMEDIATE -> stack = now.hasMemory();
        case LEA -> stack = now.base() == RSP;
        default -> stack = now.reg() == RSP || now.rm() == RSP || (now.writes() >> RSP & 1) != 0;
      }
      boolean own = now.base() != RSP || now.index() >= 0 || now.displacement() > size - Long.BYTES;
      boolean foreign = now.base() == RBP || now.index() == RBP || (now.base() == RSP && own);
      boolean hidden = now.isVector() || now.isMedia() || (now.storesMemory() && !now.hasMemory());
      return stack || foreign || hidden ? UNKNOWN : read | now.writes();
    }

    private boolean isInside(long address) {
      return address >= start && address < end;
    }

    private int called(Instruction now, long size) {
      boolean follows = depth < DEEPEST && (now.kind() == Kind.CALL || size == 0);
      return follows ? new Callee(now.target(), depth + 1).read() : UNKNOWN;
    }

    /** Notes how much is on the stack where code goes on; whether that is the same on all ways. */
    private boolean isPassed(long next, Instruction now, long size) {
      long left =
          switch (now.kind()) {
            case PUSH, PUSH_IMMEDIATE -> size + Long.BYTES;
            case POP -> size - Long.BYTES;
            case ADD_IMMEDIATE -> now.reg() == RSP ? size - now.immediate() : size;
            default -> size;
          };
      boolean jumps = now.kind() == Kind.JUMP || now.kind() == Kind.BRANCH;
      boolean same = left >= 0 && (now.kind() != Kind.POP || now.reg() != RSP);
      if (jumps && isInside(now.target())) {
        same &= now.target() >= next || used.containsKey(now.target());
        same &= isSame(now.target(), left);
      }
      return same && (now.kind().endsFlow() || isSame(next, left));
    }

    private boolean isSame(long address, long size) {
      Long before = used.putIfAbsent(address, size);
      return before == null || before == size;
    }
  }
}
