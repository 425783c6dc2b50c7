package dev.hardwire.derive.link;

import dev.hardwire.derive.flow.Atom;
import dev.hardwire.derive.flow.Facts;
import dev.hardwire.derive.link.Linked.Definition;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What functions do with the addresses that they take from the global offset table: call them, or
 * read words of the dynamic linker's tables of functions.
 */
public final class LocalUse {
  /** Tables of functions are larger than a few pointers. */
  private static final long TABLE = 64;

  private static final int MOST_FUNCTIONS = 200;

  /** So often are functions looked at for one answer. */
  private static final int MOST_VISITS = 4000;

  /** A register with an argument of a function. */
  private record Parameter(int function, int register) {}

  private final Linked linked;
  private final Flows flows;
  private final Map<Integer, Boolean> isSystem = new HashMap<>();
  private final ArgumentCounts counts;

  /** Whether the order of arguments was needed for an answer. */
  private boolean ordered;

  /**
   * What functions do with addresses.
   *
   * @param inOrder whether compilers set the registers for arguments in order
   */
  public LocalUse(Linked linked, Flows flows, boolean inOrder) {
    this.linked = linked;
    this.flows = flows;
    this.counts = new ArgumentCounts(linked, flows, inOrder);
  }

  /** The rule about the order of arguments, if it applied. */
  public Set<String> applied() {
    return ordered ? Set.of(ArgumentCounts.RULE) : Set.of();
  }

  /**
   * Whether a function does nothing with the address that a slot holds but call it, or read words
   * at known places of the object there.
   */
  boolean isOnlyRead(int id, long address) {
    int number = linked.moduleOf(id);
    if (!matters(number, linked.module(number).slots().from(address))) {
      return false;
    }
    Set<Integer> owners = flows.owners(id);
    return !owners.isEmpty() && owners.stream().allMatch(owner -> onlyReads(owner, address));
  }

  private boolean onlyReads(int id, long slot) {
    Optional<Facts> facts = flows.of(id);
    if (facts.isEmpty() || facts.get().slotEscapes(slot)) {
      return false;
    }
    boolean function = linked.called(linked.moduleOf(id), slot) >= 0;
    Predicate<Facts.Passed> that = p -> p.value().is(Atom.Base.LOADED) && p.value().key() == slot;
    return function
        ? staysInside(id, facts.get(), that)
        : facts.get().passed().stream().noneMatch(that);
  }

  /** Whether nothing keeps or calls an address of a function that one passes on. */
  private boolean staysInside(int id, Facts facts, Predicate<Facts.Passed> that) {
    Search search = new Search(false);
    boolean stays =
        facts.passed().stream()
            .filter(that)
            .allMatch(passed -> search.staysInside(id, passed, new HashSet<>()));
    ordered |= stays && search.ordered;
    return stays;
  }

  /** Whether nothing calls a function: it is a part of another one. */
  boolean isPart(int id) {
    return !flows.isEntry(id);
  }

  /**
   * Whether a function, and those that it passes it to, do nothing with the address of another but
   * call it.
   */
  public boolean isOnlyCalled(int id, long address) {
    int module = linked.moduleOf(id);
    boolean matters = isSystem.computeIfAbsent(module, this::isSystem) && flows.isEntry(id);
    Optional<Facts> facts = matters ? flows.ofSmall(id) : Optional.empty();
    if (facts.isEmpty() || facts.get().addressEscapes(address)) {
      return false;
    }
    Set<Parameter> seen = new HashSet<>();
    Search search = new Search(true);
    for (Facts.Passed passed : facts.get().passed()) {
      if (passed.value().is(Atom.Base.ADDRESS)
          && passed.value().offset() == address
          && !search.staysInside(id, passed, seen)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether a function does nothing with the address of one that makes system calls but call it.
   */
  boolean isOnlyCalledHere(int id, long address) {
    if (!callsKernel(linked.moduleOf(id), address)) {
      return false;
    }
    Set<Integer> owners = flows.owners(id);
    return !owners.isEmpty() && owners.stream().allMatch(owner -> onlyCalls(owner, address));
  }

  private boolean onlyCalls(int id, long address) {
    Optional<Facts> facts = flows.of(id);
    return facts.isPresent()
        && !facts.get().addressEscapes(address)
        && staysInside(
            id,
            facts.get(),
            passed -> passed.value().is(Atom.Base.ADDRESS) && passed.value().offset() == address);
  }

  /** Whether a function calls an address that it takes, or what a slot holds; not only compares. */
  boolean isCalledHere(int id, boolean slot, long address) {
    return flows.owners(id).stream()
        .flatMap(owner -> flows.of(owner).orElseThrow().calls().stream())
        .anyMatch(call -> call.throughSlot() == slot && call.target() == address);
  }

  /** Whether an address is that of a function that makes system calls. */
  private boolean callsKernel(int module, long address) {
    int id = linked.at(module, address);
    return id >= 0 && linked.start(id) == address && linked.is(id, Functions.CALLS_KERNEL);
  }

  /** The C library and the dynamic linker, which do nearly everything that runs before the hook. */
  private boolean isSystem(int module) {
    Symbols symbols = linked.module(module).symbols();
    return symbols.defines("__libc_early_init") || symbols.defines("_rtld_global_ro");
  }

  /** The search for what functions do with one address that they get as an argument. */
  private final class Search {
    /** Whether they may call it. */
    private final boolean called;

    /** Whether the order of arguments was needed for an answer. */
    private boolean ordered;

    private int visits;

    Search(boolean called) {
      this.called = called;
    }

    /**
     * Whether a function that gets an address as an argument keeps it nowhere.
     *
     * @param seen parameters of which this is known, or being found out
     */
    boolean staysInside(int id, Facts.Passed passed, Set<Parameter> seen) {
      int module = linked.moduleOf(id);
      int callee =
          passed.throughSlot()
              ? linked.called(module, passed.target())
              : linked.at(module, passed.target());
      Parameter parameter = new Parameter(callee, passed.register());
      if (callee < 0 || seen.size() > MOST_FUNCTIONS || ++visits > MOST_VISITS) {
        return false;
      }
      if (seen.contains(parameter)) {
        return true;
      }
      Optional<Facts> facts = flows.ofSmall(callee);
      if (facts.isEmpty()
          || facts.get().argumentEscapes(passed.register())
          || (!called && facts.get().callsArgument(passed.register()))) {
        return false;
      }
      Set<Parameter> inner = new HashSet<>(seen);
      inner.add(parameter);
      boolean stays = !facts.get().argumentStays(passed.register());
      for (Facts.Passed further : facts.get().passed()) {
        if (further.value().is(Atom.Base.ARGUMENT)
            && further.value().key() == passed.register()
            && !staysInside(callee, further, inner)) {
          stays = false;
          if (further.register() != passed.register()) {
            return false;
          }
        }
      }
      if (stays) {
        seen.addAll(inner);
        return true;
      }
      if (called || !counts.isExtra(callee, passed)) {
        return false;
      }
      ordered = true; // the function itself does nothing with what is in the register
      return true;
    }
  }

  private boolean matters(int number, int slot) {
    Slots slots = linked.module(number).slots();
    if (slots.content(slot) == Slots.Content.ADDRESS) { // where there is no other library
      int id = linked.at(number, slots.value(slot));
      return id >= 0 && linked.is(id, Functions.CALLS_KERNEL);
    }
    return slots.content(slot) == Slots.Content.GOT
        && linked.resolve(number, (int) slots.value(slot)).filter(this::matters).isPresent();
  }

  private boolean matters(Definition found) {
    Module module = linked.module(found.module());
    Symbols symbols = module.symbols();
    long value = symbols.value(found.symbol());
    if (symbols.isFunction(found.symbol())) {
      int function = linked.function(found);
      return function >= 0
          && !symbols.isResolver(found.symbol())
          && module.functions().is(linked.functionOf(function), Functions.CALLS_KERNEL);
    }
    int slot = module.slots().from(value);
    return isSystem.computeIfAbsent(found.module(), this::isSystem)
        && symbols.size(found.symbol()) > TABLE
        && slot < module.slots().count()
        && module.slots().address(slot) < value + symbols.size(found.symbol());
  }

  /** The offsets of the words that {@link #isOnlyRead} is about, in bytes. */
  long[] fieldsRead(int id, long slot) {
    return flows.owners(id).stream()
        .flatMap(owner -> flows.of(owner).orElseThrow().fields().stream())
        .filter(field -> field.slot() == slot)
        .mapToLong(Facts.Field::offset)
        .distinct()
        .sorted()
        .toArray();
  }
}
