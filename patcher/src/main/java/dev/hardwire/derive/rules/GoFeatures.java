package dev.hardwire.derive.rules;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.flow.Instructions;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Slots;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Set;

/**
 * What Go's own packages do only for programs that use certain functions of theirs. All functions
 * of Go count, so what nothing else leads to is left out with them.
 */
final class GoFeatures {
  private static final String PROFILE =
      "go-profile: threads of Go have no timers, since nothing sets the rate of the CPU profile";
  private static final String PROCESSES =
      "go-processes: Go does not try descriptors of processes, since nothing reads the only variable"
          + " by which it does";

  /** Sets the rate of the current thread, which it gets. */
  private static final String SET_RATE = "runtime.setThreadCPUProfiler";

  /** What the variable leads to, and the function that sets it. */
  private static final String TRY = "os.checkPidfd";

  private static final String INITIALIZER = "os.init";

  /** Functions that keep all registers, or return new memory. */
  private static final Set<String> MAKING =
      Set.of("runtime.newobject", "runtime.gcWriteBarrier", "runtime.mallocgc");

  private static final String RUNTIME = "runtime.";

  private static final int REGISTERS = 16;
  private static final int DEEPEST = 4;
  private static final int MOST = 256;

  private final Module file;
  private final Functions functions;
  private final BitSet profile = new BitSet();
  private final BitSet processes = new BitSet();
  private final AppliedRules applied;
  private final BitSet runtime = new BitSet();

  /** Finds the functions of the program, whose numbers are those in its file. */
  GoFeatures(Linked linked, AppliedRules applied) {
    this.applied = applied;
    this.file = linked.module(0);
    if (!file.isGo()) {
      this.functions = null;
      return;
    }
    this.functions = file.functions();
    int setter = -1;
    int tried = -1;
    int initializer = -1;
    for (int f = 0; f < functions.count(); f++) {
      String name = file.goName(functions.start(f));
      runtime.set(f, name.startsWith(RUNTIME));
      setter = name.equals(SET_RATE) ? f : setter;
      tried = name.equals(TRY) ? f : tried;
      initializer = name.equals(INITIALIZER) ? f : initializer;
    }
    if (setter >= 0 && getsOnlyZero(setter)) {
      leaveOut(setter, profile);
    }
    if (tried >= 0 && initializer >= 0 && isOnlyInVariable(tried, initializer)) {
      leaveOut(tried, processes);
    }
  }

  /** Whether a function does not run. */
  boolean leavesOut(int id) {
    boolean noRate = applied.add(profile.get(id), PROFILE);
    return applied.add(processes.get(id), PROCESSES) || noRate;
  }

  /** Whether all calls of a function pass the value of variables that are always zero. */
  private boolean getsOnlyZero(int callee) {
    long start = functions.start(callee);
    if (file.slots().code(start, functions.end(callee)).length > 0) {
      return false;
    }
    BitSet callers = new BitSet();
    for (int f = 0; f < functions.count(); f++) {
      for (long reference : functions.references(f)) {
        long address = Reference.address(reference);
        if (f != callee && address >= start && address < functions.end(callee)) {
          if (address != start || Reference.kind(reference) != Reference.CALL) {
            return false;
          }
          callers.set(f);
        }
      }
    }
    return !callers.isEmpty() && callers.stream().allMatch(f -> passesZero(f, start));
  }

  /** The same for those that one function makes. */
  private boolean passesZero(int caller, long callee) {
    long[] variables = new long[REGISTERS];
    long[] loads = new long[REGISTERS];
    for (Instructions code = new Instructions(file, caller); code.next(); ) {
      Instruction now = code.now();
      long variable = variables[Instruction.RAX];
      boolean calls = now.kind() == Kind.CALL;
      if (calls
          && now.target() == callee
          && (variable == 0
              || isEntered(caller, loads[Instruction.RAX], code.address())
              || !isZero(variable))) {
        return false;
      }
      if (calls || now.kind() == Kind.CALL_INDIRECT) {
        Arrays.fill(variables, 0);
      } else if (now.kind() == Kind.MOVE && now.size() >= Integer.BYTES) {
        variables[now.reg()] = variables[now.rm()];
        loads[now.reg()] = loads[now.rm()];
      } else {
        int changes = now.changes();
        for (int register = 0; register < REGISTERS; register++) {
          variables[register] = (changes >> register & 1) != 0 ? 0 : variables[register];
        }
        if (now.kind() == Kind.LOAD && now.size() == Integer.BYTES && now.isRipRelative()) {
          variables[now.reg()] = now.displacement();
          loads[now.reg()] = code.address();
        }
      }
    }
    return true;
  }

  /** Whether a function jumps behind one of its addresses, up to another one. */
  private boolean isEntered(int function, long first, long last) {
    for (Instructions code = new Instructions(file, function); code.next(); ) {
      Kind kind = code.now().kind();
      long target = code.now().target();
      boolean jumps = kind == Kind.JUMP || kind == Kind.BRANCH;
      if (kind == Kind.JUMP_INDIRECT || (jumps && target > first && target <= last)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a variable of the runtime is zero, and nothing writes to it or takes its address. */
  private boolean isZero(long variable) {
    boolean zero = file.image().half(variable) == 0 && !isKept(variable);
    for (int f = 0; f < functions.count() && zero; f++) {
      for (long reference : functions.references(f)) {
        zero &=
            Reference.kind(reference) != Reference.DATA || Reference.address(reference) != variable;
      }
      if (runtime.get(f)) {
        zero &= !writes(f, variable);
      }
    }
    return zero;
  }

  private boolean writes(int function, long variable) {
    for (Instructions code = new Instructions(file, function); code.next(); ) {
      if (code.now().mayStore(variable, Integer.BYTES)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a word of data has an address. */
  private boolean isKept(long address) {
    return file.slots().has(address) || file.slots().at(address) >= 0;
  }

  /**
   * Whether nothing leads to a function but what the initializer of its package puts into a
   * variable, which nothing reads.
   */
  private boolean isOnlyInVariable(int callee, int initializer) {
    long start = functions.start(callee);
    long closure = closure(callee);
    if (closure == 0) {
      return false;
    }
    for (int f = 0; f < functions.count(); f++) {
      for (long reference : functions.references(f)) {
        long address = Reference.address(reference);
        boolean inside = f != callee && address >= start && address < functions.end(callee);
        boolean takes = f != initializer && reads(reference, closure);
        if (inside || takes) {
          return false;
        }
      }
    }
    long variable = variable(initializer, closure);
    return variable != 0 && !isKept(variable) && !isReadByOthers(initializer, variable);
  }

  private boolean isReadByOthers(int function, long variable) {
    for (int f = 0; f < functions.count(); f++) {
      for (long reference : functions.references(f)) {
        if (f != function && reads(reference, variable)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean reads(long reference, long place) {
    long from = Reference.address(reference);
    return from <= place && from + Reference.kind(reference).bytes() > place;
  }

  /** The only word of data that has the address of a function, to which no other leads; or 0. */
  private long closure(int function) {
    long place = 0;
    Slots slots = file.slots();
    for (int slot = 0; slot < slots.count(); slot++) {
      long value = slots.value(slot);
      boolean inside = value >= functions.start(function) && value < functions.end(function);
      if (inside && slots.content(slot) == Slots.Content.ADDRESS) {
        if (place != 0) {
          return 0;
        }
        place = slots.address(slot);
      }
    }
    return slots.has(place) ? 0 : place;
  }

  /**
   * The variable to which an initializer writes next after it has named a closure, if it only makes
   * objects in between; or 0.
   */
  private long variable(int initializer, long closure) {
    long found = 0;
    boolean named = false;
    for (Instructions code = new Instructions(file, initializer); code.next(); ) {
      Instruction now = code.now();
      boolean names = now.isRipRelative() && now.displacement() == closure;
      if (names && (named || found != 0)) {
        return 0;
      }
      named |= names;
      if (!named) {
        continue;
      }
      switch (now.kind()) {
        case CALL -> {
          if (!makes(now.target())) {
            return 0;
          }
        }
        case RETURN, CALL_INDIRECT, JUMP_INDIRECT -> {
          return 0;
        }
        case STORE -> {
          if (now.isRipRelative()) {
            found = now.size() == Long.BYTES ? now.displacement() : 0;
            named = false;
          }
        }
        default -> {
          // makes no other use of the objects
        }
      }
    }
    return found;
  }

  /** Whether a function only makes objects, or tells the garbage collector of one. */
  private boolean makes(long target) {
    String name = file.goName(target);
    return MAKING.stream().anyMatch(name::startsWith);
  }

  /**
   * Leaves a function out, with plain functions that nothing else leads to.
   *
   * @param into gets them
   */
  private void leaveOut(int function, BitSet into) {
    into.set(function);
    for (int depth = 0; depth < DEEPEST; depth++) {
      BitSet next = callees(into);
      next.andNot(into);
      next.andNot(new FunctionRanges(functions, next).usedBeside(into::get, file.returns()));
      next.stream().filter(f -> mayBeMethod(f, into)).forEach(next::clear);
      if (next.isEmpty()) {
        return;
      }
      into.or(next);
    }
  }

  /** Whether tables may name a function: it is neither plain nor a part of one of some. */
  private boolean mayBeMethod(int function, BitSet some) {
    String name = file.goName(functions.start(function));
    return !Module.isPlainName(name)
        && some.stream().noneMatch(f -> name.startsWith(file.goName(functions.start(f)) + "."));
  }

  /** The functions that some lead to, and no data does. */
  private BitSet callees(BitSet some) {
    BitSet found = new BitSet();
    for (int f : some.stream().toArray()) {
      for (long reference : functions.references(f)) {
        int target = functions.at(Reference.address(reference));
        if (target >= 0
            && found.cardinality() < MOST
            && file.isGoCode(functions.start(target))
            && file.slots().code(functions.start(target), functions.end(target)).length == 0) {
          found.set(target);
        }
      }
    }
    return found;
  }
}
