package dev.hardwire.derive.link;

import dev.hardwire.derive.flow.Atom;
import dev.hardwire.derive.flow.Facts;
import dev.hardwire.derive.flow.State;
import dev.hardwire.derive.flow.Value;
import dev.hardwire.derive.module.Module;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who calls reached functions, and with which values. */
public final class Callers {
  /**
   * A call of a function.
   *
   * @param function that makes it
   * @param call the place and the values there
   */
  public record Passing(int function, Facts.Call call) {
    /** What the called function has where it has a value. */
    Value value(Value value) {
      Value result = value.isAny() ? Value.ANY : null;
      for (Atom atom : value.atoms()) {
        Value one = value(atom);
        result = result == null ? one : result.or(one);
      }
      return result;
    }

    /** The same for one possible value. */
    public Value value(Atom atom) {
      return switch (atom.base()) {
        case CONSTANT -> Value.of(atom);
        case ARGUMENT -> call.state().register((int) atom.key()).plus(atom.offset());
        case STACK_ARGUMENT ->
            atom.key() > State.DEEPEST
                ? Value.ANY
                : call.state()
                    .stackArgument(atom.key() + (call.jump() ? Long.BYTES : 0))
                    .plus(atom.offset());
        default -> Value.ANY;
      };
    }
  }

  private final Linked linked;
  private final ReachableCode reach;
  private final Flows flows;
  private final Map<Integer, Map<Integer, List<Passing>>> calls = new HashMap<>();

  /** Functions of which it was asked whether tables of Go may name them as methods. */
  private final Map<Integer, Boolean> methods = new HashMap<>();

  private final BitSet enteredInside = new BitSet();

  /** When these were found. */
  private int changes = -1;

  Callers(ReachableCode reach, Flows flows) {
    this.linked = reach.linked();
    this.reach = reach;
    this.flows = flows;
  }

  public Linked linked() {
    return linked;
  }

  /** The functions that a part belongs to; a function that has callers is its own. */
  public Set<Integer> owners(int id) {
    Set<Integer> owners = new HashSet<>();
    Set<Integer> seen = new HashSet<>(Set.of(id));
    List<Integer> open = new ArrayList<>(List.of(id));
    for (int i = 0; i < open.size(); i++) {
      int one = open.get(i);
      boolean own = flows.isEntry(one) || reach.isTaken(one);
      int[] callers = own ? new int[0] : reach.callers(one);
      if (callers.length == 0) {
        owners.add(one);
      }
      for (int caller : callers) {
        if (seen.add(caller)) {
          open.add(caller);
        }
      }
    }
    return owners.isEmpty() ? Set.of(id) : owners;
  }

  /** The functions whose code calls a function, with those that the code is a part of. */
  public Set<Integer> of(int id) {
    Set<Integer> found = new LinkedHashSet<>();
    for (int caller : reach.callers(id)) {
      found.addAll(owners(caller));
    }
    return found;
  }

  /** The calls of a function that another one makes; none if it leads there in another way. */
  public List<Passing> calls(int caller, int callee) {
    return calls.computeIfAbsent(caller, this::calls).getOrDefault(callee, List.of());
  }

  /** The calls that a function makes, by what it calls. */
  private Map<Integer, List<Passing>> calls(int caller) {
    int module = linked.moduleOf(caller);
    Map<Integer, List<Passing>> found = new HashMap<>();
    for (Facts.Call call : flows.of(caller).map(Facts::calls).orElse(List.of())) {
      int target =
          call.throughSlot()
              ? linked.called(module, call.target())
              : linked.at(module, call.target());
      found.computeIfAbsent(target, key -> new ArrayList<>()).add(new Passing(caller, call));
    }
    return found;
  }

  /** Whether something that is not known may call a function, with any values. */
  public boolean isOpen(int id) {
    return reach.isTaken(id)
        || reach.isResolver(id)
        || (reach.origins().way(id) == EdgeKind.ROOT && mayBeCalled(id));
  }

  /** In files of the Go linker all functions are roots, but only methods are called by tables. */
  private boolean mayBeCalled(int id) {
    Module module = linked.file(id);
    long start = module.functions().start(linked.functionOf(id));
    return !module.isGo()
        || start == module.image().elf().header().entry()
        || methods.computeIfAbsent(id, key -> module.isMethod(start));
  }

  /**
   * Whether other code leads into the middle of a function, where registers may have values that
   * are not seen when the function is followed from its start.
   */
  public boolean isEnteredInside(int id) {
    if (changes != reach.changes()) {
      changes = reach.changes();
      update();
    }
    return enteredInside.get(id);
  }

  /** Finds functions that reached code enters in the middle. */
  private void update() {
    enteredInside.clear();
    for (int module = 0; module < linked.modules().size(); module++) {
      for (long pair : linked.module(module).functions().entering()) {
        int from = linked.id(module, (int) (pair >>> Integer.SIZE));
        if (reach.contains(from)) {
          entered(from, linked.id(module, (int) pair));
        }
      }
    }
  }

  private void entered(int from, int target) {
    if (flows.isEntry(target) && flows.isEntry(from)) { // each is its own
      enteredInside.set(target, from != target || enteredInside.get(target));
      return;
    }
    Set<Integer> owners = owners(target);
    if (owners.size() > 1 || !owners.equals(owners(from))) {
      enteredInside.set(target);
      owners.forEach(enteredInside::set);
    }
  }
}
