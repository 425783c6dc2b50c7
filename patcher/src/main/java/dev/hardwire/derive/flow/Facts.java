package dev.hardwire.derive.flow;

import dev.hardwire.derive.module.Module;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongUnaryOperator;

/** What is known about one function after its values have been followed. */
public final class Facts {
  /**
   * A system call instruction.
   *
   * @param address of the instruction
   * @param number the lower half of rax
   * @param state the registers there
   */
  public record Site(long address, Value number, State state) {}

  /**
   * A call or a jump to another function.
   *
   * @param address of the instruction
   * @param throughSlot whether {@code target} is a slot that holds the function's address
   * @param target the function's address, or that of the slot
   * @param state the registers there
   * @param jump whether nothing was pushed: the stack is that of the caller's caller
   * @param arguments how many registers have arguments at most, if compilers set them in order
   */
  public record Call(
      long address, boolean throughSlot, long target, State state, boolean jump, int arguments) {}

  /**
   * A word that is read from the object whose address a slot holds.
   *
   * @param slot address of the slot
   * @param offset in the object, in bytes
   */
  public record Field(long slot, long offset) {}

  /**
   * A value that a register has where another function is called.
   *
   * @param value an address, also one that a slot holds, or an argument of the function itself
   * @param register that has it
   * @param throughSlot whether {@code target} is a slot that holds the function's address
   * @param target the function's address, or that of the slot
   * @param extra whether it is no argument, if compilers set the registers of arguments in order
   */
  public record Passed(Atom value, int register, boolean throughSlot, long target, boolean extra) {}

  private final List<Site> sites = new ArrayList<>();
  private final List<Call> calls = new ArrayList<>();
  private final List<State> unknownCalls = new ArrayList<>();
  private final Set<Field> fields = new HashSet<>();
  private final Set<Long> escapedSlots = new HashSet<>();
  private final Set<Long> escapedAddresses = new HashSet<>();
  private final Set<Long> handed = new HashSet<>();
  private final Set<Long> escapedArguments = new HashSet<>();
  private final Set<Long> stayingArguments = new HashSet<>();
  private final Set<Long> calledArguments = new HashSet<>();
  private final Set<Long> oldCalls = new HashSet<>();
  private boolean everything;
  private boolean assumesIndices;
  private final Set<Passed> passed = new LinkedHashSet<>();

  /** Values in places of the stack that only the function knows, as long as this is so. */
  private final Set<Value> kept = new HashSet<>();

  /** Whether something else may know, or the function itself without that being seen. */
  private boolean stackEscapes;

  /** The slots that code at an address jumps through; 0 for other code. */
  private final LongUnaryOperator slots;

  /** Facts that are found. */
  Facts(Module module) {
    this.slots = module.image()::thunk;
  }

  /** Facts that were found before. */
  Facts() {
    this.slots = address -> 0;
  }

  void add(Site site) {
    sites.add(site);
  }

  void add(Call call) {
    calls.add(call);
  }

  void add(Field field) {
    fields.add(field);
  }

  void add(Passed value) {
    passed.add(value);
  }

  /**
   * Others get a value, and use it in a way that is not followed: perhaps an address of the
   * function's own code, to go on there.
   */
  void hands(Value value) {
    escapes(value);
    for (Atom atom : value.mentioned()) {
      if (atom.is(Atom.Base.ADDRESS)) {
        handed.add(atom.offset());
      }
    }
  }

  /** Addresses that others get. */
  Set<Long> handed() {
    return handed;
  }

  /** A register still has what it had at the start where a function is called that is not known. */
  void staysArgument(long register) {
    stayingArguments.add(register);
  }

  /** The function calls the address in a register at its start. */
  void addCalledArgument(long register) {
    calledArguments.add(register);
  }

  void addUnknownCall(State state) {
    unknownCalls.add(state);
  }

  /** A value is stored on the stack, where others can read it if they know an address there. */
  void keeps(Value value) {
    kept.add(value);
  }

  /** Others may know an address of the stack. */
  void stackEscapes() {
    stackEscapes = true;
  }

  /** Everything was recorded. */
  void finish() {
    if (stackEscapes) {
      kept.forEach(this::hands);
    }
  }

  /** A value is used in a way that is not followed. */
  void escapes(Value value) {
    everything |= value.isAll();
    stackEscapes |= value.mayBeStack();
    for (Atom atom : value.mentioned()) {
      escapes(atom);
    }
  }

  void escapes(Atom atom) {
    switch (atom.base()) {
      case LOADED -> escapedSlots.add(atom.key());
      case ADDRESS, DISTANCE -> {
        escapedAddresses.add(atom.offset());
        long slot = slots.applyAsLong(atom.offset());
        if (slot != 0) { // the address of an entry of the PLT is that of a function
          escapedSlots.add(slot);
        }
      }
      case ARGUMENT -> escapedArguments.add(atom.key());
      case STACK -> stackEscapes = true;
      default -> {
        // no addresses
      }
    }
  }

  /** The words that slots in a range of addresses hold are used in a way that is not followed. */
  void escapes(long from, int size) {
    for (long slot = from - Long.BYTES + 1; slot < from + size; slot++) {
      escapedSlots.add(slot);
    }
  }

  /** The sets of addresses or registers that {@link FactsForm} stores, in its order. */
  List<Set<Long>> numbers() {
    return List.of(
        escapedSlots,
        escapedAddresses,
        escapedArguments,
        stayingArguments,
        calledArguments,
        oldCalls);
  }

  boolean escapesEverything() {
    return everything;
  }

  /** All values are used in ways that are not followed. */
  void escapeEverything() {
    everything = true;
  }

  /** An index of an array is taken for what its lower 32 bits are, as code compares only these. */
  void assumeIndices() {
    assumesIndices = true;
  }

  public boolean assumesIndices() {
    return assumesIndices;
  }

  /** The system call instructions, by address. */
  public List<Site> sites() {
    return sites;
  }

  public List<Call> calls() {
    return calls;
  }

  /** The registers at calls through pointers that are not known. */
  public List<State> unknownCalls() {
    return unknownCalls;
  }

  /** The words that are read from objects whose addresses are in slots. */
  public Set<Field> fields() {
    return fields;
  }

  /** Whether what a slot holds is used in a way that is not followed. */
  public boolean slotEscapes(long slot) {
    return everything || escapedSlots.contains(slot);
  }

  /**
   * Whether the value that a register has at the start is used in a way that is not followed, other
   * than {@link #argumentStays}.
   */
  public boolean argumentEscapes(int register) {
    return everything || escapedArguments.contains((long) register);
  }

  /**
   * Whether a register still has what it had at the start where a function is called that is not
   * known. If it is an argument, it is passed on.
   */
  public boolean argumentStays(int register) {
    return stayingArguments.contains((long) register);
  }

  /** The addresses of instructions for system calls of i386 that something leads to. */
  public Set<Long> oldCalls() {
    return oldCalls;
  }

  /** Whether the function may call the address that a register has at the start. */
  public boolean callsArgument(int register) {
    return calledArguments.contains((long) register);
  }

  /** Addresses and arguments that are passed to other functions. */
  public Set<Passed> passed() {
    return passed;
  }

  /** Whether an address is used in a way that is not followed. */
  public boolean addressEscapes(long address) {
    return everything || escapedAddresses.contains(address);
  }
}
