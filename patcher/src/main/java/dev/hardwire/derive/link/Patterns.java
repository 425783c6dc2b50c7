package dev.hardwire.derive.link;

import static dev.hardwire.derive.decode.Instruction.RAX;
import static dev.hardwire.derive.decode.Instruction.RDI;
import static dev.hardwire.derive.decode.Instruction.RDX;
import static dev.hardwire.derive.decode.Instruction.RSI;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.flow.Atom;
import dev.hardwire.derive.flow.Facts;
import dev.hardwire.derive.flow.Instructions;
import dev.hardwire.derive.flow.State;
import dev.hardwire.derive.flow.Value;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** System calls whose numbers are in memory, in code that is understood. */
final class Patterns {
  static final String SET_ID =
      "setxid: threads repeat only those calls of setuid(2) and the like that are named elsewhere";
  static final String INDICES =
      "table-index: the upper 32 bits of an index of a constant table of numbers are zero where"
          + " code compares only the lower ones; otherwise it would read outside of the file";
  static final String TABLE =
      "libcap: its table of functions is called with the numbers that it names itself";

  /** Where glibc's struct xid_command has what a register gets. */
  private static final Map<Integer, Long> COMMAND = Map.of(RAX, 0L, RDI, 8L, RSI, 16L, RDX, 24L);

  static final String GO_THREADS =
      "go-threads: the threads of a Go program repeat only calls of AllThreadsSyscall that are"
          + " named elsewhere";

  /** The function that does so, since Go 1.18. */
  private static final String GO_REPEATING = "runtime.runPerThreadSyscall";

  static final String GO_VARIABLE =
      "go-variable: no code writes to a variable of Go that has a number and whose address none"
          + " takes";

  /** Where arguments and results follow the number, and are copied two by two. */
  private static final Set<Long> COPIED = Set.of(8L, 24L, 40L, 56L);

  private static final int MOST_NUMBERS = 1024;

  static final String SET_ID_OBJECT =
      "setxid-object: a function that takes number and arguments from an object gets only the"
          + " objects that functions which take its address pass on beside it";

  /** Where musl's struct ctx has what a register gets (src/unistd/setxid.c). */
  private static final Map<Integer, Long> OBJECT = Map.of(RAX, 12L, RDI, 0L, RSI, 4L, RDX, 8L);

  private Patterns() {}

  /**
   * Whether a system call takes number and arguments from one object, as glibc's threads do when
   * another one changes the identity of the process.
   */
  static boolean isCommand(Module module, int function, long site) {
    Map<Integer, Long> places = new HashMap<>();
    Map<Integer, Integer> bases = new HashMap<>();
    for (Instructions code = new Instructions(module, function); code.next(); ) {
      Instruction now = code.now();
      if (code.address() == site) {
        return now.kind() == Kind.SYSCALL
            && places.equals(COMMAND)
            && new TreeSet<>(bases.values()).size() == 1;
      }
      boolean load = now.kind() == Kind.LOAD && now.index() < 0 && now.base() >= 0;
      if (load && COMMAND.containsKey(now.reg())) {
        places.put(now.reg(), now.displacement());
        bases.put(now.reg(), now.base());
      } else {
        places.clear();
        bases.clear();
      }
    }
    return false;
  }

  /** Where the number is in the object that {@link #takesObject} is about, in bytes. */
  static final long NUMBER = OBJECT.get(RAX);

  /**
   * Whether a system call takes number and arguments from the object that the first argument of the
   * function leads to, as musl's threads do when one changes the identity of the process.
   */
  static boolean takesObject(Module module, int function, long site) {
    Map<Integer, Long> places = new HashMap<>();
    int object = 1 << RDI; // a bit for each register with the argument
    for (Instructions code = new Instructions(module, function); code.next(); ) {
      Instruction now = code.now();
      if (code.address() == site) {
        return now.kind() == Kind.SYSCALL && places.equals(OBJECT);
      }
      boolean field =
          now.kind() == Kind.SIGN_EXTEND
              && now.hasMemory()
              && now.index() < 0
              && now.base() >= 0
              && (object >> now.base() & 1) != 0;
      boolean copies =
          now.kind() == Kind.MOVE && now.size() == Long.BYTES && (object >> now.rm() & 1) != 0;
      int written =
          now.kind() == Kind.CALL || now.kind() == Kind.CALL_INDIRECT
              ? Instruction.CALLER_SAVED
              : now.writes() | (now.kind() == Kind.POP ? 1 << now.reg() : 0);
      object &= ~written;
      places.keySet().removeIf(register -> (written >> register & 1) != 0);
      object |= copies ? 1 << now.reg() : 0;
      if (field) {
        places.put(now.reg(), now.displacement());
      }
    }
    return false;
  }

  /**
   * Whether a Go function copies a number and what follows it from a variable, as the one that
   * repeats a system call in another thread does.
   */
  static boolean isRepeated(Module module, int function, Value number) {
    List<Atom> atoms = number.atoms();
    if (module.goName(module.functions().start(function)).equals(GO_REPEATING)) {
      return true;
    }
    if (!module.isGo() || atoms.size() != 1 || !atoms.get(0).is(Atom.Base.LOADED)) {
      return false;
    }
    Functions functions = module.functions();
    Set<Long> copied = new HashSet<>();
    for (long reference : functions.references(function)) {
      if (Reference.kind(reference) == Reference.READ_WIDE) {
        copied.add(Reference.address(reference) - atoms.get(0).key());
      }
    }
    return copied.containsAll(COPIED);
  }

  /** The packages with variables that have numbers, also as a part of others (vendored). */
  private static final Pattern SYSTEM =
      Pattern.compile("syscall\\.|internal/syscall/|(.*/)?golang\\.org/x/sys/");

  /**
   * Whether a Go program never changes a variable: no instruction names it but to read it, and no
   * word of data leads to it. It is one of those packages that make system calls, so that it is no
   * part of a larger one, to whose start something else may lead.
   */
  static boolean isNeverWritten(Module module, long variable) {
    Functions functions = module.functions();
    if (module.slots().has(variable)) {
      return false;
    }
    boolean own = false;
    for (int f = 0; f < functions.count(); f++) {
      for (long reference : functions.references(f)) {
        boolean names = Reference.address(reference) == variable;
        if (names && Reference.kind(reference) == Reference.DATA) {
          return false;
        }
        own |=
            names
                && Reference.kind(reference) == Reference.READ
                && SYSTEM.matcher(module.goName(functions.start(f))).lookingAt();
      }
      for (Instructions code = new Instructions(module, f); code.next(); ) {
        if (code.now().mayStore(variable, Long.BYTES)) {
          return false;
        }
      }
    }
    return own;
  }

  /** Whether a file is libcap, whose functions for system calls can be replaced. */
  static boolean isTable(Module module) {
    return module.symbols().defines("cap_set_syscall");
  }

  /** The constants that a register has where reached functions call what pointers lead to. */
  static SortedSet<Integer> tableNumbers(
      ReachableCode reach, Flows flows, int module, int register) {
    SortedSet<Integer> numbers = new TreeSet<>();
    for (int id : reach.functions()) {
      if (reach.linked().moduleOf(id) != module) {
        continue;
      }
      List<State> calls = flows.of(id).map(Facts::unknownCalls).orElse(List.of());
      for (State state : calls) {
        Value value = state.register(register);
        value.atoms().stream()
            .filter(atom -> atom.is(Atom.Base.CONSTANT))
            .filter(atom -> atom.offset() > 0 && atom.offset() < MOST_NUMBERS)
            .forEach(atom -> numbers.add((int) atom.offset()));
      }
    }
    return numbers;
  }
}
