package dev.hardwire.derive.names;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.flow.Atom;
import dev.hardwire.derive.link.AddressSet;
import dev.hardwire.derive.link.ArgumentSolver;
import dev.hardwire.derive.link.Callers;
import dev.hardwire.derive.link.Flows;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.link.Linked.Definition;
import dev.hardwire.derive.link.ReachableCode;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.NameStrings;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import dev.hardwire.derive.module.Targets;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Functions that a program finds by their names when it runs. */
public final class Lookups {
  /** The function that makes any system call. */
  private static final String GENERIC = "syscall";

  /** The functions that get names, and the registers in which they get them. */
  private static final Map<String, Integer> NAMES =
      Map.of(
          "dlopen", Instruction.RDI,
          "dlmopen", Instruction.RSI,
          "dlsym", Instruction.RSI,
          "dlvsym", Instruction.RSI);

  private static final String GENERIC_RULE =
      "lookup: the text \"syscall\" is not a name that is looked up, where names are not known";

  private final Linked linked;
  private final ReachableCode reach;
  private final Flows flows;
  private final int interpreter;
  private final FileNeeds needs;
  private final OwnNames own;
  private final TracedNames traced;
  private final Set<String> applied = new TreeSet<>();

  /** The functions whose strings were looked up. */
  private final BitSet functions = new BitSet();

  /** The objects whose strings were looked up. */
  private final BitSet[] objects;

  /** Addresses of functions where strings were looked for as well. */
  private final AddressSet others = new AddressSet();

  /** The addresses of strings that are certainly names. */
  private final AddressSet passed = new AddressSet();

  /** Whether the name of syscall(2) was among strings that may be names. */
  private boolean generic;

  /** Made when it is needed. */
  private DefinedNames names;

  /** Looks nothing up yet. */
  public Lookups(ReachableCode reach, Flows flows, FileNeeds needs, int interpreter) {
    this.linked = reach.linked();
    this.needs = needs;
    this.reach = reach;
    this.flows = flows;
    this.interpreter = interpreter;
    this.objects = new BitSet[linked.modules().size()];
    Arrays.setAll(objects, i -> new BitSet());
    this.own = new OwnNames(reach.calls(flows));
    this.traced = new TracedNames(reach, flows);
  }

  /** The rules that left something out. */
  public Set<String> applied() {
    return applied;
  }

  /**
   * Functions that are looked up by name. In files that call dlsym(3) only with strings that are
   * known, these are the names; in others, every string that reached code refers to, also code of
   * the files that need them, which may pass on a name.
   *
   * @return whether there were new ones
   */
  public boolean follow() {
    int before = reach.size();
    applied.clear();
    for (int module = 0; module < linked.modules().size(); module++) {
      if (module == interpreter) {
        continue;
      }
      Set<Linked.Place> known = new HashSet<>();
      boolean all = true;
      for (int symbol : lookups(module)) {
        all &= passesKnown(module, symbol, known);
      }
      if (!all) {
        users(module).stream().forEach(this::names);
      }
      known.forEach(place -> constants(place.module(), place.address()));
    }
    if (generic) {
      applied.add(GENERIC_RULE);
    }
    return reach.size() > before;
  }

  /**
   * The places that pass dlopen(3) or dlsym(3) names that are not constants, each a line. Those of
   * the dynamic linker and the C library, which look up names of their own, are none of them.
   */
  public List<String> composed() {
    Set<String> places = new TreeSet<>();
    for (int module = 0; module < linked.modules().size(); module++) {
      if (module == interpreter || linked.module(module).symbols().defines("__libc_early_init")) {
        continue;
      }
      for (Map.Entry<String, Integer> one : NAMES.entrySet()) {
        for (int symbol : linked.module(module).symbols().imports(one.getKey())) {
          int lookup = function(module, symbol);
          if (lookup >= 0 && reach.contains(lookup)) {
            composed(module, lookup, one, places);
          }
        }
      }
    }
    return List.copyOf(places);
  }

  private void composed(
      int module, int lookup, Map.Entry<String, Integer> function, Set<String> places) {
    for (int caller : reach.calls(flows).of(lookup)) {
      if (linked.moduleOf(caller) != module) {
        continue;
      }
      Set<Linked.Place> found = new HashSet<>();
      ArgumentSolver solver = new ArgumentSolver(reach.calls(flows), found);
      solver.solveCalls(caller, lookup, function.getValue());
      boolean known =
          (solver.unknown().isEmpty() && areConstant(found))
              || (function.getValue() == Instruction.RSI
                  && passesKnownFrom(caller, lookup, new HashSet<>()));
      if (!known) {
        places.add(linked.name(caller) + ", " + function.getKey());
      }
    }
  }

  /** The files that may pass names to a file, and itself. */
  private BitSet users(int module) {
    if (own.areAll(module)) {
      applied.add(OwnNames.RULE);
      BitSet found = new BitSet();
      found.set(module);
      return found;
    }
    return needs.users(module);
  }

  /** The symbols by which a file calls dlsym(3). */
  private List<Integer> lookups(int module) {
    Symbols symbols = linked.module(module).symbols();
    List<Integer> found = new ArrayList<>();
    for (String name : List.of("dlsym", "dlvsym")) {
      for (int i : symbols.imports(name)) {
        int function = function(module, i);
        if (function >= 0 && reach.contains(function)) {
          found.add(i);
        }
      }
    }
    return found;
  }

  private int function(int module, int symbol) {
    return linked.resolve(module, symbol).map(linked::function).orElse(-1);
  }

  /** Whether all names that a file looks up are known. */
  private boolean passesKnown(int module, int symbol, Set<Linked.Place> known) {
    Slots slots = linked.module(module).slots();
    for (int slot = 0; slot < slots.count(); slot++) {
      Slots.Content content = slots.content(slot);
      boolean own = content == Slots.Content.GOT || content == Slots.Content.SYMBOL;
      if (own && slots.value(slot) == symbol && reach.sees(module, slot)) {
        return false; // it is called through pointers
      }
    }
    int lookup = function(module, symbol);
    return reach.calls(flows).of(lookup).stream()
        .filter(caller -> linked.moduleOf(caller) == module)
        .allMatch(caller -> passesKnownFrom(caller, lookup, known));
  }

  private boolean passesKnownFrom(int caller, int lookup, Set<Linked.Place> known) {
    Set<Linked.Place> found = new HashSet<>();
    ArgumentSolver solver = new ArgumentSolver(reach.calls(flows), found);
    solver.solveCalls(caller, lookup, Instruction.RSI);
    boolean all = solver.unknown().isEmpty() && areConstant(found);
    if (!all) {
      Set<Linked.Place> read = new HashSet<>();
      all = traced.find(caller, lookup, read) && areConstant(read);
      found.addAll(read);
    }
    known.addAll(found);
    return all;
  }

  private boolean areConstant(Set<Linked.Place> places) {
    return places.stream()
        .allMatch(place -> linked.module(place.module()).image().isConstant(place.address()));
  }

  private void names(int module) {
    Module file = linked.module(module);
    Functions code = file.functions();
    Targets targets = file.targets();
    long[] references = code.references();
    int base = linked.id(module, 0);
    int behind = base + code.count();
    for (int id = reach.next(base); id >= 0 && id < behind; id = reach.next(id + 1)) {
      if (functions.get(id)) {
        continue;
      }
      functions.set(id);
      int end = code.firstReference(id - base + 1);
      for (int i = code.firstReference(id - base); i < end; i++) {
        if (Reference.kind(references[i]) == Reference.DATA) {
          object(module, targets.of(i), id);
        }
      }
    }
    Slots slots = file.slots();
    for (int slot = 0; slot < slots.count(); slot++) {
      if (slots.content(slot) == Slots.Content.ADDRESS && reach.sees(module, slot)) {
        if (targets.leadsTo(slot) >= 0) {
          object(module, targets.leadsTo(slot), -1);
        } else if (others.add(module, slots.value(slot))) {
          strings(module, file.strings().of(slots.value(slot)), -1);
        }
      }
    }
  }

  private void object(int module, int object, int from) {
    if (!objects[module].get(object)) {
      objects[module].set(object);
      strings(module, linked.module(module).strings().ofObject(object), from);
    }
  }

  /** Looks up the string at an address that is certainly passed to dlsym(3), and no other there. */
  private void constants(int module, long address) {
    if (passed.add(module, address)) {
      definitions(module, linked.module(module).strings().at(address))
          .forEach(found -> reach.lookedUp(found, -1));
    }
  }

  /**
   * Looks up the strings of an object that may be passed to dlsym(3). One of them may be that of
   * syscall(2), in a list of all functions or in a message; it is not looked up.
   */
  private void strings(int module, int[] strings, int from) {
    for (Definition found : definitions(module, strings)) {
      if (linked.module(found.module()).symbols().name(found.symbol()).equals(GENERIC)) {
        generic = true;
      } else {
        reach.lookedUp(found, from);
      }
    }
  }

  private List<Definition> definitions(int module, int[] strings) {
    if (strings.length == 0) {
      return List.of();
    }
    Module file = linked.module(module);
    if (names == null) {
      names = new DefinedNames(linked);
    }
    List<Definition> found = new ArrayList<>();
    for (int i = 0; i < strings.length; i += NameStrings.SIZE) {
      found.addAll(names.all(strings[i + 2], file.image().bytes(), strings[i], strings[i + 1]));
    }
    return found;
  }

  /** The names of all symbols that files define for others. */
  private static final class DefinedNames {
    /** Of the hashes that tell most other strings from names without a look at the tables. */
    private static final int BITS = 20;

    private final Linked linked;
    private final BitSet hashes = new BitSet(1 << BITS);

    DefinedNames(Linked linked) {
      this.linked = linked;
      for (int i = 0; i < linked.modules().size(); i++) {
        for (String name : linked.module(i).symbols().names()) {
          hashes.set(bit(name.hashCode()));
        }
      }
    }

    /**
     * All definitions of a name, of any version: which of them dlsym(3) finds depends on the
     * handle.
     *
     * @param hash that of the name, as {@link String#hashCode} computes it
     * @param bytes have the name from {@code start} to {@code end}, in ASCII
     */
    List<Definition> all(int hash, byte[] bytes, int start, int end) {
      if (!hashes.get(bit(hash))) {
        return List.of();
      }
      List<Definition> found = new ArrayList<>();
      String name = new String(bytes, start, end - start, StandardCharsets.US_ASCII);
      for (int i = 0; i < linked.modules().size(); i++) {
        Symbols symbols = linked.module(i).symbols();
        for (int symbol : symbols.all(name)) {
          found.add(new Definition(i, symbol));
        }
      }
      return found;
    }

    private static int bit(int hash) {
      return (hash ^ hash >>> BITS) & (1 << BITS) - 1;
    }
  }

  /**
   * Whether a file is libcrypto, and looks up only names of its own: no other file has the names of
   * the functions that lead to what calls dlsym(3), and none of them gets a name from an argument
   * of a function that others call.
   */
  private static final class OwnNames {
    static final String RULE =
        "dso: libcrypto looks up names of its own, since no other file uses its functions for that";

    /** The functions that look up names, and the registers in which they get them. */
    private static final Map<String, Integer> FUNCTIONS =
        Map.of("DSO_bind_func", Instruction.RSI, "DSO_global_lookup", Instruction.RDI);

    /** The one that gives away the table of what they call. */
    private static final String TABLE = "DSO_METHOD_openssl";

    private record Question(int function, Atom name) {}

    private final Linked linked;
    private final Callers callers;
    private final Map<Integer, Boolean> alone = new HashMap<>();

    OwnNames(Callers callers) {
      this.linked = callers.linked();
      this.callers = callers;
    }

    /** Whether only strings of the file itself are names that it looks up. */
    boolean areAll(int module) {
      return alone.computeIfAbsent(module, this::isAlone)
          && FUNCTIONS.entrySet().stream().allMatch(one -> areOwn(module, one));
    }

    private boolean isAlone(int module) {
      Symbols symbols = linked.module(module).symbols();
      if (!FUNCTIONS.keySet().stream().allMatch(symbols::defines)) {
        return false;
      }
      for (int i = 0; i < linked.modules().size(); i++) {
        Module file = linked.module(i);
        if (i != module
            && (file.hasText(TABLE) || FUNCTIONS.keySet().stream().anyMatch(file::hasText))) {
          return false;
        }
      }
      return true;
    }

    /** Whether no caller of a function gets the name from an argument of unknown callers. */
    private boolean areOwn(int module, Map.Entry<String, Integer> function) {
      Symbols symbols = linked.module(module).symbols();
      int id = linked.at(module, symbols.value(symbols.find(function.getKey(), "")));
      return areOwn(
          new Question(id, new Atom(Atom.Base.ARGUMENT, function.getValue(), 0)), new HashSet<>());
    }

    private boolean areOwn(Question question, Set<Question> asked) {
      if (!asked.add(question)) {
        return true;
      }
      for (int caller : callers.of(question.function())) {
        var calls = callers.calls(caller, question.function());
        boolean other = linked.moduleOf(caller) != linked.moduleOf(question.function());
        if (other || calls.isEmpty() || callers.isEnteredInside(caller)) {
          return false;
        }
        for (Callers.Passing call : calls) {
          for (Atom atom : call.value(question.name()).mentioned()) {
            boolean argument = atom.is(Atom.Base.ARGUMENT) || atom.is(Atom.Base.STACK_ARGUMENT);
            if (argument
                && (callers.isOpen(caller) || !areOwn(new Question(caller, atom), asked))) {
              return false;
            }
          }
        }
      }
      return true;
    }
  }
}
