package dev.hardwire.derive.flow;

import static dev.hardwire.derive.decode.Instruction.RAX;
import static dev.hardwire.derive.decode.Instruction.RBP;
import static dev.hardwire.derive.decode.Instruction.RCX;
import static dev.hardwire.derive.decode.Instruction.RSP;

import dev.hardwire.derive.decode.Decoder;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.flow.Atom.Base;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Slots;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What one instruction does to a state. */
final class Transfer {
  private static final long BYTE = 0xff;
  private static final Atom CLONE = Atom.constant(56);
  private static final Atom CLONE3 = Atom.constant(435);
  private static final Atom VFORK = Atom.constant(58);

  /** CLONE_VM. */
  private static final long SHARED_MEMORY = 0x100;

  /** The registers for arguments that have no results. */
  private static final int LEFT = Instruction.ARGUMENTS & ~(1 << Instruction.RDX);

  /** Functions that are longer are not looked at, in bytes. */
  private static final int LONGEST_LEAF = 1024;

  /** In longer ones, others can read what is stored where the function itself has an address. */
  private static final int LONGEST_KEEPER = 1024;

  private final Module module;
  private final OperandValues operand;

  /** Whether it is a function of Go, which passes arguments in other registers. */
  private final boolean go;

  /** A bit for each register that calls may change. */
  private final int changed;

  /** The same for calls of each function that was seen, by its address. */
  private final Map<Long, Integer> changedBy = new HashMap<>();

  /**
   * The lowest offset whose address was taken, for each base of the stack. What gets the address
   * may go below it, too: it may be that of the end of an object, or of a part of it.
   */
  private final Map<Long, Long> exposed = new HashMap<>();

  /** Whether the address of an argument on the stack was taken. */
  private boolean exposesArguments;

  /** Whether it is followed what the function stores on the stack where it has the address. */
  private final boolean keeps;

  private final PlainCallees plain;
  private final KeptRegisters unchanged;
  private Facts facts;
  private Escapes escapes;

  /** The register whose lowest byte the last instruction has set to 0 or 1, and where that ends. */
  private int bit = Instruction.NONE;

  private long behindBit = -1;

  /**
   * Does what instructions of a function do.
   *
   * @param function its address; in code of Go, calls change all registers
   * @param blocks its code
   */
  Transfer(Module module, long function, BasicBlocks blocks) {
    this.go = module.isGo() && module.isGoCode(function);
    this.changed = go ? Instruction.ALL & ~(1 << RSP) : Instruction.CALLER_SAVED;
    this.module = module;
    this.operand = new OperandValues(module, blocks);
    this.keeps = blocks.size() <= LONGEST_KEEPER;
    this.plain = new PlainCallees(module);
    this.unchanged = new KeptRegisters(module);
    this.escapes = new Escapes(null, operand);
  }

  /** From now on, what is seen is recorded. */
  void record(Facts into) {
    facts = into;
    escapes = new Escapes(into, operand);
  }

  /** Whether the address of a stack slot was seen in a register. */
  boolean exposesStack() {
    return !exposed.isEmpty();
  }

  /** Whether an address is, or may be, another one to which the function added a number. */
  boolean isMoved(long address) {
    return operand.isMoved(address);
  }

  /** Whether a word that was loaded is one that the program cannot change. */
  boolean isConstant(Atom loaded) {
    return operand.isConstant(loaded);
  }

  /** A block begins, to which others may lead. */
  void begin() {
    behindBit = -1;
  }

  static boolean isNop(Instruction now) {
    return now.kind() == Kind.OTHER
        && now.writes() == 0
        && !now.storesMemory()
        && !now.isVector()
        && !now.isMedia();
  }

  /** A conditional jump may count: loop, xbegin. */
  void branch(Instruction now, State state) {
    clobber(now.writes(), state);
  }

  void apply(long at, Instruction now, State state) {
    Value[] registers = state.registers;
    int reg = now.reg();
    Value pointer = registers[RSP];
    Value frame = registers[RBP];
    state.name(now.writes() | now.named());
    if (facts != null && module.image().isFixed()) {
      computed(now);
    }
    switch (now.kind()) {
      case MOVE_IMMEDIATE -> registers[reg] = operand.immediate(now);
      case MOVE_BYTE -> {
        Value old = registers[reg];
        long low = now.immediate() & BYTE;
        registers[reg] =
            old.isNumber()
                ? old.map(a -> constant(a, (a.offset() & ~BYTE) | low))
                : old.withLowByte(low);
      }
      case MOVE_PART -> {
        escapes.memory(now, state);
        Value part = now.rm() >= 0 && !now.hasMemory() ? registers[now.rm()] : Value.ANY;
        registers[reg] = registers[reg].widened().or(part.widened());
      }
      case ZERO_EXTEND -> registers[reg] = zeroExtended(at, now, state);
      case SET_CONDITION -> {
        Value old = registers[reg];
        registers[reg] =
            old.isNumber()
                ? old.map(a -> constant(a, a.offset() & ~BYTE))
                    .or(old.map(a -> constant(a, (a.offset() & ~BYTE) | 1)))
                : old.withLowByte(0).or(old.withLowByte(1));
        bit = reg;
        behindBit = at + now.length();
      }
      case ZERO -> registers[reg] = Value.constant(0);
      case MOVE -> move(reg, sized(now, registers[now.rm()]), state);
      case CONDITIONAL_MOVE -> move(reg, registers[reg].or(sized(now, registers[now.rm()])), state);
      case LEA -> {
        escapes.moved(now.base() < 0 ? Value.ANY : registers[now.base()]);
        escapes.moved(now.index() < 0 ? Value.ANY : registers[now.index()]);
        move(reg, sized(now, operand.address(now, state)), state);
      }
      case LOAD -> registers[reg] = sized(now, load(now, state));
      case SIGN_EXTEND -> registers[reg] = signExtended(now, state);
      case ADD_IMMEDIATE -> {
        escapes.moved(registers[reg]);
        move(reg, sized(now, operand.moved(registers[reg], now.immediate())), state);
      }
      case ADD -> {
        escapes.moved(registers[reg]);
        escapes.moved(registers[now.rm()]);
        move(reg, operand.sum(registers[reg], registers[now.rm()]), state);
      }
      case AND_IMMEDIATE -> and(now, state);
      case OR_IMMEDIATE ->
          registers[reg] =
              now.immediate() == -1
                  ? sized(now, Value.constant(-1))
                  : registers[reg].map(a -> constant(a, a.offset() | now.immediate()));
      case PUSH -> push(pushed(now, state), state);
      case PUSH_IMMEDIATE -> push(operand.pushed(now), state);
      case POP -> registers[reg] = pop(state);
      case LEAVE -> {
        registers[RSP] = registers[RBP];
        registers[RBP] = pop(state);
      }
      case STORE -> {
        Value value = sized(now, registers[reg]);
        store(now, now.size() < Integer.BYTES ? Value.ANY : value, value, state);
      }
      case STORE_IMMEDIATE -> {
        Value value = operand.immediate(now);
        store(now, now.size() < Integer.BYTES ? Value.ANY : value, value, state);
      }
      case CALL, CALL_INDIRECT -> call(at, now, state);
      case RETURN -> {
        escapes.value(registers[RAX]);
        escapes.value(registers[Instruction.RDX]);
        Value target = state.stackArgument(Long.BYTES); // it may have been pushed
        if (!target.isAll()) {
          escapes.value(target);
        }
      }
      case SYSCALL -> {
        if (facts != null) {
          escapes.stack(state);
          facts.add(new Facts.Site(at, registers[RAX].low().recorded(), state.arguments(0)));
        }
        forgetExposed(state); // the kernel writes results
        started(registers, state);
        registers[RAX] = Value.ANY;
        registers[RCX] = Value.ANY;
        registers[Instruction.R11] = Value.ANY;
      }
      default -> other(now, state);
    }
    int hidden = hidden(now, state);
    long distance = now.kind() == Kind.LEA ? now.displacement() : 0;
    if ((hidden >> RSP & 1) != 0) {
      expose(pointer.plus(distance));
    }
    if ((hidden >> RBP & 1) != 0) {
      expose(frame.plus(distance));
    }
  }

  /** The registers from which a value is made of which it is not known where on the stack it is. */
  private static int hidden(Instruction now, State state) {
    int named = Instruction.bit(now.reg()) | Instruction.bit(now.rm());
    boolean lost = now.reg() >= 0 && state.registers[now.reg()].isAny();
    return switch (now.kind()) {
      case LEA -> lost ? Instruction.bit(now.base()) | Instruction.bit(now.index()) : 0;
      case MOVE, CONDITIONAL_MOVE, ADD, ADD_IMMEDIATE, AND_IMMEDIATE, OR_IMMEDIATE ->
          lost ? named : 0;
      case OTHER -> {
        if (now.isVector() || now.isMedia()) {
          yield now.isFromGeneral() ? Instruction.bit(now.rm()) : now.writes();
        }
        yield now.writes() != 0 || now.storesMemory() ? named | now.writes() : 0;
      }
      default -> 0;
    };
  }

  /** Numbers that are addresses, of which others are computed, as by a choice without a branch. */
  private void computed(Instruction now) {
    boolean computes =
        switch (now.kind()) {
          case ADD_IMMEDIATE, AND_IMMEDIATE, OR_IMMEDIATE -> true;
          case OTHER -> !isNop(now);
          default -> false;
        };
    if (computes && now.hasImmediate()) {
      escapes.value(operand.immediate(now));
    }
    if (now.kind() == Kind.LEA && !now.isRipRelative() && !now.isThreadLocal()) {
      escapes.value(operand.displacement(now));
    }
  }

  /** As much of a value as an instruction takes. */
  private Value sized(Instruction now, Value value) {
    if (now.size() != Integer.BYTES) {
      return value;
    }
    return module.image().isFixed() ? value.low() : value.lowOfPointer();
  }

  private static Atom constant(Atom atom, long value) {
    return atom.is(Base.CONSTANT) ? Atom.constant(value) : null;
  }

  private void move(int reg, Value value, State state) {
    state.registers[reg] = value;
    if (reg == RSP || reg == RBP) {
      return;
    }
    expose(value);
  }

  private void expose(Value value) {
    for (Atom atom : value.atoms()) {
      if (atom.is(Base.STACK)) {
        exposed.merge(atom.key(), atom.offset(), Math::min);
        exposesArguments |= atom.key() == 0 && atom.offset() > 0;
      }
    }
  }

  private Value zeroExtended(long at, Instruction now, State state) {
    if (now.hasMemory()) {
      escapes.memory(now, state);
    } else if (at == behindBit && now.rm() == bit && now.size() == 1) {
      return Value.constant(0).or(Value.constant(1));
    }
    Value source = now.hasMemory() ? operand.load(now, state, facts) : state.registers[now.rm()];
    return source.isNumber() // of an address, it is too little to find it again
        ? source.map(a -> Atom.constant(a.offset() & PossibleBits.mask(now.size())))
        : Value.ANY;
  }

  private void and(Instruction now, State state) {
    Value[] registers = state.registers;
    Value old = registers[now.reg()];
    if (now.reg() == RSP) {
      escapes.value(old); // it is not known where the places are that it has from now on
      Atom pointer = old.single();
      old.atoms().stream().map(Atom::key).forEach(state::forgetNumbers); // they may be those places
      long key = pointer == null || pointer.key() < 0 ? State.UNWOUND : pointer.key() + 1;
      registers[RSP] = Value.of(new Atom(Base.STACK, key, 0));
      return;
    }
    Value bits = sized(now, old.map(a -> constant(a, a.offset() & now.immediate())));
    registers[now.reg()] = bits.isAny() ? bits.atMost(now.immediate(), true) : bits;
  }

  private Value signExtended(Instruction now, State state) {
    if (!now.hasMemory()) {
      Value source = state.registers[now.rm()];
      return source.map(Transfer::signExtended).atMost(source.most(), true);
    }
    Value value = load(now, state);
    Atom table = value.single();
    if (table != null && table.is(Base.TABLE)) {
      return value;
    }
    if (value.isAny() || !value.atoms().stream().allMatch(Transfer::mayBeNumber)) {
      escapes.value(value);
      return Value.ANY;
    }
    return value.map(Transfer::signExtended);
  }

  private static Atom signExtended(Atom atom) {
    return atom.is(Base.CONSTANT) ? Atom.constant(atom.offset() << 32 >> 32) : atom;
  }

  /** Whether it is a number that is known, or what the function was given. */
  private static boolean mayBeNumber(Atom atom) {
    return atom.is(Base.CONSTANT) || atom.is(Base.ARGUMENT) || atom.is(Base.STACK_ARGUMENT);
  }

  private Value load(Instruction now, State state) {
    escapes.used(now, state);
    return operand.load(now, state, facts);
  }

  private Value pushed(Instruction now, State state) {
    if (now.reg() >= 0) {
      return state.registers[now.reg()];
    }
    return now.hasMemory() ? load(now, state) : Value.ANY; // flags or a segment
  }

  private void push(Value value, State state) {
    Value[] registers = state.registers;
    expose(value);
    if (registers[RSP].single() == null) {
      loseStack(state);
    }
    registers[RSP] = registers[RSP].plus(-Long.BYTES);
    Atom pointer = registers[RSP].single();
    if (pointer != null && pointer.is(Base.STACK)) {
      state.store(pointer, value, Long.BYTES);
      stored(pointer, value);
    } else {
      escapes.value(value);
    }
  }

  /** A new process may go on behind a system call: with another stack, or first with the same. */
  private void started(Value[] registers, State state) {
    List<Atom> numbers = registers[RAX].low().atoms();
    boolean clones = numbers.contains(CLONE) || numbers.contains(CLONE3);
    Atom flags = registers[Instruction.RDI].single();
    boolean copies =
        flags != null && flags.is(Base.CONSTANT) && (flags.offset() & SHARED_MEMORY) == 0;
    if (clones && !registers[Instruction.RSI].equals(Value.constant(0))) {
      loseStack(state);
    } else if (numbers.contains(VFORK) || (clones && !copies)) {
      again(state);
    }
  }

  private void loseStack(State state) {
    state.slots((place, old) -> escapes.value(old));
    escapes.value(state.registers[RSP]);
    state.loseStack();
  }

  private Value pop(State state) {
    Atom pointer = state.registers[RSP].single();
    if (pointer == null) {
      escapes.value(state.registers[RSP]);
    }
    state.registers[RSP] = state.registers[RSP].plus(Long.BYTES);
    return pointer != null && pointer.is(Base.STACK) ? state.load(pointer, Long.BYTES) : Value.ANY;
  }

  private void store(Instruction now, Value value, Value source, State state) {
    expose(source);
    Value place = operand.address(now, state);
    Atom at = place.single();
    if (at != null && at.is(Base.STACK)) {
      state.store(at, value, now.size());
      stored(at, source);
      return;
    }
    if (facts != null) {
      facts.hands(source);
    }
    unknownStore(now, place, state);
  }

  /** A value was stored on the stack: perhaps where an address is known to others. */
  private void stored(Atom at, Value value) {
    Long lowest = exposed.get(at.key());
    if (facts == null || lowest == null) {
      return;
    }
    boolean readable = value.mayBeStack() && lowest <= at.offset();
    if (keeps && at.key() == 0 && !readable) {
      facts.keeps(value);
    } else {
      facts.hands(value);
    }
  }

  private void unknownStore(Instruction now, Value place, State state) {
    boolean stack = place.atoms().stream().anyMatch(atom -> atom.is(Base.STACK));
    boolean far = now.isCompressed() || now.storesElsewhere();
    boolean plain = !place.isAny() && !far && now.index() < 0;
    for (int register : new int[] {now.base(), now.index()}) {
      Value base = register < 0 ? Value.ANY : state.registers[register];
      for (Atom atom : base.atoms()) {
        if (atom.is(Base.STACK) && (stack || place.isAny())) {
          long from = plain ? atom.offset() + now.displacement() : Long.MIN_VALUE >> 24;
          long to = plain ? from + Instruction.WIDEST : atom.key() == 0 ? 0 : Long.MAX_VALUE >> 24;
          state.forget(atom, plain ? from - Long.BYTES + 1 : from, to);
          if (!plain && atom.key() == 0) {
            state.forgetArguments();
          }
        }
      }
    }
    boolean inFrame = plain && stack && place.single() != null && now.isVector();
    if (!inFrame) { // others may write more, such as xsave
      forgetExposed(state);
    }
  }

  private void forgetExposed(State state) {
    exposed.keySet().forEach(keeps ? state::forgetNumbers : state::forgetFrame);
    if (exposesArguments) {
      state.forgetArguments();
    }
  }

  /** What is known where a function calls its own code. */
  State inner(State call) {
    State state = call.copy();
    push(Value.ANY, state);
    return state;
  }

  /** What is known where a function returns to its own code. */
  State returned(State from) {
    State state = from.copy();
    pop(state);
    return state;
  }

  /** What is known where the stack is unwound through a call: what is called may have run. */
  State unwound(State call) {
    State state = call.copy();
    forgetExposed(state);
    return state;
  }

  private void call(long at, Instruction now, State state) {
    leave(at, now, state, false);
    forgetExposed(state);
    boolean direct = now.kind() == Kind.CALL;
    int mask = direct ? changedBy.computeIfAbsent(now.target(), this::changed) : changed;
    boolean seen = direct && module.image().thunk(now.target()) == 0;
    int kept = seen && changed == Instruction.CALLER_SAVED ? kept(at, now, mask, state) : 0;
    for (int i = 0; i < state.registers.length; i++) {
      if ((kept >> i & 1) != 0) {
        state.registers[i] = state.registers[i].widened();
      }
    }
    clobber(mask & ~kept, state);
    if (!seen && !go) { // compilers know what some functions of the same file change
      state.leave(LEFT);
    }
  }

  /** The registers with addresses that a called function may leave as they are. */
  private int kept(long at, Instruction now, int mask, State state) {
    int registers = 0;
    for (int i = 0; i < state.registers.length; i++) {
      Value value = state.registers[i];
      boolean matters = value.mentioned().length > 0 || value.isAll() || value.mayBeStack();
      registers |= matters && (mask >> i & 1) != 0 ? 1 << i : 0;
    }
    return registers == 0 ? 0 : unchanged.at(at, now.length(), now.target(), registers);
  }

  /**
   * The registers that a function may change. Compilers keep values in the others if they know a
   * function that calls nothing (GCC's -fipa-ra). One that uses the stack may return elsewhere, and
   * others may run before it comes back.
   */
  private int changed(long function) {
    Functions functions = module.functions();
    int index = functions.simple(function, LONGEST_LEAF);
    int named = 0;
    boolean ends = false;
    for (Instructions code = new Instructions(module, index); code.next(); ) {
      Instruction now = code.now();
      boolean leaves =
          switch (now.kind()) {
            case JUMP, BRANCH -> now.target() < function || now.target() >= functions.end(index);
            case CALL, CALL_INDIRECT, JUMP_INDIRECT, SYSCALL, I386_CALL, INVALID -> true;
            case PUSH, PUSH_IMMEDIATE, POP, LEAVE -> true;
            default ->
                now.reg() == RSP
                    || now.rm() == RSP
                    || now.base() == RSP
                    || (now.writes() >> RSP & 1) != 0;
          };
      if (leaves) {
        return changed;
      }
      named |= now.writes() | (now.reg() < 0 ? 0 : 1 << now.reg());
      ends = now.kind().endsFlow() || (ends && isNop(now));
    }
    return ends ? changed & named : changed;
  }

  /**
   * Behind a call that returns more than once: the stack has what was stored since the first time.
   */
  static void again(State state) {
    for (int i = 0; i < state.registers.length; i++) {
      Value value = state.registers[i];
      if (value.atoms().stream().anyMatch(atom -> atom.is(Base.STACK))) {
        state.registers[i] = Value.ALL;
      }
    }
    state.registers[RSP] = Value.of(new Atom(Base.STACK, State.UNWOUND, 0));
  }

  /** A jump to another function. */
  void leave(long at, Instruction now, State state) {
    leave(at, now, state, true);
  }

  private void leave(long at, Instruction now, State state, boolean jump) {
    escapes.used(now, state);
    if (facts != null) {
      CallFacts calls = new CallFacts(module, operand, facts, keeps ? plain : null);
      calls.target(at, now, target(now, state), state, jump);
      calls.pass(now, state);
    }
  }

  /** Where an indirect call or jump leads to. */
  Value target(Instruction now, State state) {
    if (now.kind() != Kind.CALL_INDIRECT && now.kind() != Kind.JUMP_INDIRECT) {
      return Value.ANY;
    }
    return now.hasMemory() ? operand.load(now, state, facts) : state.registers[now.rm()];
  }

  /** The address that a word of data holds; 0 if it holds none. */
  long word(long address) {
    Slots slots = module.slots();
    int slot = slots.at(address);
    return slot >= 0 && slots.content(slot) == Slots.Content.ADDRESS ? slots.value(slot) : 0;
  }

  private static void clobber(int mask, State state) {
    for (int i = 0; i < state.registers.length; i++) {
      if ((mask >> i & 1) != 0) {
        state.registers[i] = Value.ANY;
      }
    }
  }

  /** An instruction that is not understood uses all registers that it names. */
  private void other(Instruction now, State state) {
    if (!isNop(now)) {
      escapes.operands(now, state);
    }
    if (now.storesMemory()) {
      unknownStore(now, operand.address(now, state), state);
    }
    clobber(now.writes(), state);
  }

  /** Records which values are used in ways that are not followed. */
  private static final class Escapes {
    /** The registers with arguments of system calls: rdi, rsi, rdx, r10, r8, r9. */
    private static final int KERNEL = 0x07c4;

    private final Facts facts;
    private final OperandValues operand;

    /**
     * A recorder.
     *
     * @param facts null if nothing is recorded yet
     */
    Escapes(Facts facts, OperandValues operand) {
      this.facts = facts;
      this.operand = operand;
    }

    void value(Value value) {
      if (facts != null) {
        facts.escapes(value);
      }
    }

    /** A number is added: to the address of a function, perhaps to be taken off elsewhere. */
    void moved(Value value) {
      for (Atom atom : value.atoms()) {
        if (facts != null && atom.is(Base.ADDRESS) && operand.isCode(atom.offset())) {
          facts.escapes(atom);
        }
      }
    }

    /** Registers that address memory in a way that is not followed. */
    void used(Instruction now, State state) {
      if (facts == null || !now.hasMemory()) {
        return;
      }
      Value base = now.base() < 0 ? Value.ANY : state.registers[now.base()];
      if (now.index() >= 0) {
        facts.escapes(state.registers[now.index()]);
      }
      if (now.index() >= 0 || now.isVector() || base.isAny()) {
        addressed(base, now.index() >= 0);
        for (Atom atom : base.atoms()) { // it may have what any of the slots has
          if (atom.is(Base.STACK)) {
            boolean anywhere = now.index() >= 0;
            facts.escapes(anywhere ? state.all(atom) : state.above(atom.plus(now.displacement())));
          }
        }
      }
    }

    /**
     * Something near an address is read or written: at that of a function, there is only code.
     *
     * @param indexed whether it is not known how near
     */
    private void addressed(Value base, boolean indexed) {
      if (base.isAll()) {
        facts.escapes(base);
      }
      if (base.isAny() && base.mayBeStack()) {
        facts.stackEscapes();
      }
      for (Atom atom : base.mentioned()) {
        if (atom.is(Base.STACK) ? indexed : !operand.isFunction(atom)) {
          facts.escapes(atom);
        }
      }
    }

    /** The kernel reads and writes where its arguments lead. */
    void stack(State state) {
      for (int i = 0; i < state.registers.length; i++) {
        if ((KERNEL >> i & 1) != 0 && state.registers[i].mayBeStack()) {
          facts.stackEscapes();
        }
      }
    }

    /** An instruction that is not understood uses all registers that it names. */
    void operands(Instruction now, State state) {
      if (facts == null) {
        return;
      }
      if (now.reg() >= 0 && !now.isVector() && !now.isMedia()) {
        facts.escapes(state.registers[now.reg()]);
      }
      if (now.rm() >= 0) { // in some vector instructions it is a general register
        facts.escapes(state.registers[now.rm()]);
      }
      if (now.storesMemory() && !now.hasMemory()) { // stos, movs
        facts.escapes(state.registers[Instruction.RAX]);
        facts.escapes(state.registers[Instruction.RSI]);
      }
      memory(now, state);
    }

    /** The memory operand is read in a way that is not followed. */
    void memory(Instruction now, State state) {
      if (facts == null) {
        return;
      }
      used(now, state);
      if (now.hasMemory() && now.isRipRelative()) {
        facts.escapes(now.displacement(), now.isVector() ? Instruction.WIDEST : Long.BYTES);
      } else if (now.hasMemory() && now.base() >= 0) {
        facts.escapes(operand.load(now, state, facts));
      }
    }
  }

  /** Records what a function calls, and with which arguments. */
  private static final class CallFacts {
    /** The registers that may hold arguments, and rax, r10 and r11, which some conventions use. */
    private static final int ARGUMENTS = Instruction.CALLER_SAVED;

    /** The code that jumps to an address in a register is not longer, in bytes. */
    private static final int LONGEST_THUNK = 40;

    private final Module module;
    private final OperandValues operand;
    private final Facts facts;

    /** Null if it is not asked what called functions read. */
    private final PlainCallees plain;

    CallFacts(Module module, OperandValues operand, Facts facts, PlainCallees plain) {
      this.module = module;
      this.operand = operand;
      this.facts = facts;
      this.plain = plain;
    }

    /**
     * Records where a call or a jump to another function leads.
     *
     * @param target of an indirect one
     */
    void target(long at, Instruction now, Value target, State state, boolean jump) {
      if (now.kind() != Kind.CALL_INDIRECT && now.kind() != Kind.JUMP_INDIRECT) {
        long slot = module.image().thunk(now.target());
        facts.add(call(at, slot != 0, slot != 0 ? slot : now.target(), state, jump));
        return;
      }
      boolean known = !target.isAny();
      for (Atom atom : target.mentioned()) {
        if (atom.is(Base.ARGUMENT)) {
          facts.addCalledArgument(atom.key());
        }
      }
      for (Atom atom : target.atoms()) {
        if (atom.is(Base.LOADED) && atom.offset() == 0) {
          facts.add(call(at, true, atom.key(), state, jump));
        } else if (atom.is(Base.ADDRESS)) {
          long slot = module.image().thunk(atom.offset()); // of an entry of the PLT
          facts.add(call(at, slot != 0, slot != 0 ? slot : atom.offset(), state, jump));
        } else {
          known = false;
          if (atom.is(Base.DISTANCE)) {
            facts.escapes(atom);
          }
        }
      }
      facts.escapes(target.isAny() ? target : Value.ANY);
      if (!known) {
        facts.addUnknownCall(state.arguments(State.DEEPEST));
      }
    }

    private static Facts.Call call(
        long at, boolean throughSlot, long target, State state, boolean jump) {
      return new Facts.Call(
          at, throughSlot, target, state.arguments(State.DEEPEST), jump, state.mostArguments());
    }

    /** Arguments of a call: of one whose target is known it is known what that does with them. */
    void pass(Instruction now, State state) {
      boolean direct = now.kind() != Kind.CALL_INDIRECT && now.kind() != Kind.JUMP_INDIRECT;
      Atom callee = direct || now.hasMemory() ? null : state.registers[now.rm()].single();
      boolean named = callee != null && operand.mayBeFunction(callee);
      boolean slotNamed = named && callee.is(Base.LOADED);
      long target = named ? (slotNamed ? callee.key() : callee.offset()) : now.target();
      long slot =
          direct || (named && !slotNamed)
              ? module.image().thunk(target)
              : slotNamed ? target : now.displacement();
      boolean known = direct || now.isRipRelative() || named;
      int read = plain != null && direct && slot == 0 ? plain.read(target) : PlainCallees.UNKNOWN;
      for (int i = 0; i < state.registers.length; i++) {
        if (read != PlainCallees.UNKNOWN && (read >> i & 1) == 0) {
          continue;
        }
        if ((ARGUMENTS >> i & 1) == 0) {
          if (direct && state.registers[i].mentioned().length > 0 && jumpsTo(now.target(), i)) {
            facts.escapes(state.registers[i]);
          }
          continue;
        }
        boolean usual = (Instruction.ARGUMENTS >> i & 1) != 0;
        if (!direct && !usual && !now.hasMemory() && now.rm() == i) {
          continue; // only the function's own address
        }
        if (known && usual) {
          if (state.registers[i].isAll()) {
            facts.escapeEverything();
          }
          for (Atom atom : state.registers[i].mentioned()) {
            boolean entry = atom.is(Base.ADDRESS) && module.image().thunk(atom.offset()) != 0;
            boolean followed =
                atom.is(Base.ADDRESS)
                    || atom.is(Base.ARGUMENT)
                    || (atom.is(Base.LOADED) && operand.mayBeFunction(atom));
            if (!entry && followed) {
              facts.add(
                  new Facts.Passed(
                      atom,
                      i,
                      slot != 0,
                      slot != 0 ? slot : target,
                      State.ARGUMENTS.indexOf(i) >= state.mostArguments()));
            } else {
              facts.escapes(atom);
            }
          }
        } else if (usual && state.registers[i].equals(Value.of(new Atom(Base.ARGUMENT, i, 0)))) {
          facts.staysArgument(i);
        } else {
          facts.escapes(state.registers[i]);
        }
      }
      for (long offset = Long.BYTES;
          read == PlainCallees.UNKNOWN && offset <= State.DEEPEST;
          offset += Long.BYTES) {
        facts.hands(state.stackArgument(offset));
      }
    }

    /**
     * Whether a function goes on at the address in a register, as those that compilers call instead
     * of jumping there do (retpolines): they put it in the place of their return address.
     */
    private boolean jumpsTo(long function, int register) {
      int rest = module.image().hasBytes(function, 1) ? module.image().rest(function) : 0;
      int offset = module.image().offset(function);
      int limit = offset + Math.min(rest, LONGEST_THUNK);
      Decoder decoder = new Decoder(module.image().bytes());
      Instruction now = new Instruction();
      for (int at = offset; at >= 0 && at < limit; at += now.length()) {
        decoder.decode(at, limit, function + at - offset, now);
        boolean replaces =
            now.kind() == Kind.STORE
                && now.reg() == register
                && now.base() == Instruction.RSP
                && now.displacement() == 0;
        boolean jumps =
            now.kind() == Kind.JUMP_INDIRECT && !now.hasMemory() && now.rm() == register;
        if (replaces || jumps) {
          return true;
        }
        if (now.kind() == Kind.RETURN) {
          return false;
        }
      }
      return false;
    }
  }
}
