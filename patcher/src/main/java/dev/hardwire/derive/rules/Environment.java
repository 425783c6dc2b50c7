package dev.hardwire.derive.rules;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.flow.Atom;
import dev.hardwire.derive.flow.Facts;
import dev.hardwire.derive.flow.Instructions;
import dev.hardwire.derive.flow.Value;
import dev.hardwire.derive.link.Flows;
import dev.hardwire.derive.link.KnownFacts;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Image;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Symbols;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ProgramHeader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What files do only in environments that are not assumed. The functions are found by what their
 * code does.
 */
final class Environment {
  private static final String PROFILE =
      "profile: LD_PROFILE is not set, so the dynamic linker starts no timer";
  private static final String ORIGIN =
      "origin: no name of a library that is loaded later has $ORIGIN, since no file has such text,"
          + " so the dynamic linker does not ask for the program's path";
  private static final String SEED =
      "seed: getrandom(2) works, as kernels with filters have it, so libcrypto does not wait for"
          + " another source of random numbers";

  private static final String TUNABLES =
      "tunables: GLIBC_TUNABLES is not set, so glibc neither asks for large pages nor names what it"
          + " allocates";
  private static final String GCONV =
      "gconv: the table of character sets gconv-modules.cache is there and GCONV_PATH is not set,"
          + " so glibc does not search directories for them";

  private static final String GET_TUNABLE = "__tunable_get_val";
  private static final int LONGEST_PATH = 256;
  private static final long PRCTL = 157;
  private static final Value SET_NAME = Value.of(new Atom(Atom.Base.CONSTANT, 0, 0x53564d41));

  private static final Set<Long> SET_TIMER = Set.of(38L);

  /** readlink and readlinkat. */
  private static final Set<Long> READ_LINK = Set.of(89L, 267L);

  private static final String OWN_PATH = "/proc/self/exe";
  private static final byte[] TOKEN = "ORIGIN".getBytes(StandardCharsets.US_ASCII);

  /** What the function that waits calls, and what those call that call it. */
  private static final Set<String> WAITS = Set.of("shmget", "shmat", "uname");

  private static final Set<String> RANDOM = Set.of("getentropy", "getrandom", "syscall");

  private final Linked linked;
  private final Flows flows;
  private final int interpreter;
  private final BitSet profile = new BitSet();
  private final BitSet origin = new BitSet();
  private final BitSet seed = new BitSet();

  /** Functions that the dynamic linker calls if a variable of the environment sets a value. */
  private final BitSet tunable = new BitSet();

  /** Functions that name memory if such a value says so. */
  private final BitSet naming = new BitSet();

  /** Functions that search directories for character sets, and what they call before that. */
  private final Map<Integer, Integer> searching = new HashMap<>();

  private final AppliedRules applied;
  private Optional<Boolean> named = Optional.empty();

  /**
   * Finds the functions.
   *
   * @param interpreter the index of the dynamic linker, which is glibc's
   * @param library empty if there is no glibc
   */
  Environment(
      Linked linked,
      Flows flows,
      int interpreter,
      Optional<GlibcFunctions> library,
      Assumptions assumptions,
      AppliedRules applied) {
    this.applied = applied;
    this.linked = linked;
    this.flows = flows;
    this.interpreter = interpreter;
    linker();
    if (!assumptions.mayApply("profile")) {
      profile.clear();
    }
    if (!assumptions.mayApply("origin")) {
      origin.clear();
    }
    for (int i = 0; i < linked.modules().size() && assumptions.mayApply("seed"); i++) {
      seeds(i);
    }
    if (assumptions.mayApply("tunables")) {
      naming();
    }
    if (library.isPresent() && assumptions.mayApply("tunables")) {
      tunables(library.get());
    }
    if (library.isPresent() && assumptions.mayApply("gconv")) {
      conversions(library.get(), assumptions.conversions());
    }
  }

  /**
   * What glibc does for values of tunables: functions that it passes to the one that reads such a
   * value, and does nothing else with; and prctl(2) behind such a value.
   */
  private void tunables(GlibcFunctions library) {
    int module = linked.moduleOf(library.id(0));
    Imports imports = new Imports(linked, module, Set.of(GET_TUNABLE));
    BitSet readers = imports.users(GET_TUNABLE);
    Map<Long, Set<Integer>> passed = new HashMap<>();
    Set<Long> otherwise = new HashSet<>();
    for (int reader : readers.stream().toArray()) {
      Optional<Facts> facts = flows.of(reader);
      if (facts.isEmpty()) {
        continue;
      }
      naming.set(reader, names(facts.get()));
      for (Facts.Passed one : facts.get().passed()) {
        boolean isCallback =
            one.register() == Instruction.RDX
                && one.throughSlot()
                && imports.isSlot(one.target(), GET_TUNABLE);
        if (one.value().is(Atom.Base.ADDRESS) && isCallback) {
          passed.computeIfAbsent(one.value().offset(), key -> new HashSet<>()).add(reader);
        } else if (one.value().is(Atom.Base.ADDRESS)) {
          otherwise.add(one.value().offset());
        }
      }
    }
    passed.keySet().removeAll(otherwise);
    passed.forEach(
        (address, by) -> {
          int id = linked.at(module, address);
          if (id >= 0 && linked.start(id) == address && isOnlyTakenBy(library, id, by)) {
            tunable.set(id);
          }
        });
  }

  /** Whether nothing uses a function but some that pass its address on. */
  private boolean isOnlyTakenBy(GlibcFunctions library, int id, Set<Integer> takers) {
    Module file = library.module();
    Functions functions = file.functions();
    long start = linked.start(id);
    boolean other =
        !library.isInternal(id)
            || !library.isWhole(id)
            || file.slots().code(start, linked.end(id)).length > 0
            || takers.stream().anyMatch(t -> flows.of(t).orElseThrow().addressEscapes(start));
    for (int f = 0; f < functions.count() && !other; f++) {
      boolean next = functions.end(f) == start;
      for (long reference : functions.references(f)) {
        if (Reference.address(reference) != start && !next) {
          continue;
        }
        Reference kind = Reference.kind(reference);
        if (kind.falls() && !file.returns().runsOn(reference)) {
          continue;
        }
        long address = kind.falls() ? functions.end(f) : Reference.address(reference);
        boolean names = kind == Reference.TAKE || kind == Reference.DATA;
        boolean taken = names && takers.contains(library.id(f));
        other |= address == start && !taken && library.id(f) != id;
      }
    }
    return !other;
  }

  /** Whether a function makes no system call but prctl(2) to name memory. */
  private boolean names(Facts facts) {
    return !facts.sites().isEmpty()
        && facts.sites().stream()
            .allMatch(
                site ->
                    isOneOf(site.number(), Set.of(PRCTL))
                        && site.state().register(Instruction.RDI).equals(SET_NAME));
  }

  /** Functions of the dynamic linker that read a tunable, and name memory if it says so. */
  private void naming() {
    Module file = linked.module(interpreter);
    Functions functions = file.functions();
    Set<Long> getters = new HashSet<>();
    for (int symbol : file.symbols().all(GET_TUNABLE)) {
      getters.add(file.symbols().value(symbol));
    }
    for (int f = 0; f < functions.count(); f++) {
      int id = linked.id(interpreter, f);
      naming.set(
          id,
          functions.is(f, Functions.CALLS_KERNEL)
              && functions.refers(f, Reference.CALL, getters::contains)
              && flows.of(id).filter(this::names).isPresent());
    }
  }

  /** The function that reads a table of character sets, and only without it directories. */
  private void conversions(GlibcFunctions library, Set<String> tables) {
    Functions functions = library.module().functions();
    Image image = library.module().image();
    BitSet readers = new BitSet();
    for (int f = 0; f < functions.count(); f++) {
      readers.set(
          library.id(f),
          functions.refers(
              f, Reference.DATA, address -> tables.contains(image.text(address, LONGEST_PATH))));
    }
    for (int id : library.callers(readers).stream().toArray()) {
      for (Instructions code = new Instructions(library.module(), linked.functionOf(id));
          code.next(); ) {
        if (code.now().kind() == Kind.CALL) {
          int first = linked.at(linked.moduleOf(id), code.now().target());
          if (first >= 0 && readers.get(first)) {
            searching.put(id, first);
          }
          break;
        }
      }
    }
  }

  /** Whether a function does not call another one. */
  boolean cut(int from, int to) {
    Integer reader = searching.get(from);
    return applied.add(reader != null && reader != to, GCONV);
  }

  /** The functions whose calls may be cut. */
  BitSet concerned() {
    BitSet found = new BitSet();
    searching.keySet().forEach(found::set);
    return found;
  }

  /** Whether a function does not make a system call. */
  boolean isDead(int id, long number) {
    return applied.add(number == PRCTL && naming.get(id), TUNABLES);
  }

  /**
   * Whether a function does not run.
   *
   * @param before whether it may run before the hook
   */
  boolean leavesOut(int id, boolean before) {
    return applied.add(profile.get(id), PROFILE)
        || applied.add(seed.get(id), SEED)
        || applied.add(tunable.get(id), TUNABLES)
        || applied.add(!before && origin.get(id) && !isOriginNamed(), ORIGIN);
  }

  /** Functions of the dynamic linker that only set a timer, or only read the program's path. */
  private void linker() {
    Module file = linked.module(interpreter);
    Functions functions = file.functions();
    for (int f = 0; f < functions.count(); f++) {
      int id = linked.id(interpreter, f);
      if (!functions.is(f, Functions.CALLS_KERNEL)) {
        continue;
      }
      long size = functions.end(f) - functions.start(f);
      profile.set(id, size < 64 && makesOnly(id, SET_TIMER));
      origin.set(id, size < 1024 && refersTo(file, f, OWN_PATH) && makesOnly(id, READ_LINK));
    }
  }

  private static boolean refersTo(Module file, int function, String text) {
    return file.functions()
        .refers(
            function,
            Reference.DATA,
            address -> file.image().text(address, text.length() + 1).equals(text));
  }

  /** Whether a function makes one system call, which is one of some. */
  private boolean makesOnly(int id, Set<Long> numbers) {
    List<Facts.Site> sites = flows.of(id).map(Facts::sites).orElse(List.of());
    return sites.stream().map(Facts.Site::address).distinct().count() == 1
        && sites.stream().allMatch(site -> isOneOf(site.number(), numbers));
  }

  private static boolean isOneOf(Value number, Set<Long> numbers) {
    List<Atom> atoms = number.atoms();
    return atoms.size() == 1
        && atoms.get(0).is(Atom.Base.CONSTANT)
        && numbers.contains(atoms.get(0).offset());
  }

  /** Whether a file has the text by which names of libraries begin with the program's folder. */
  private boolean isOriginNamed() {
    if (named.isEmpty()) {
      KnownFacts known = flows.known();
      named =
          Optional.of(
              linked.modules().stream()
                  .anyMatch(file -> known.names(file, Environment::namesOrigin)));
    }
    return named.get();
  }

  /** What the dynamic linker itself reads is not counted: it does so before the hook. */
  private static boolean namesOrigin(Module file) {
    Image image = file.image();
    byte[] bytes = image.bytes();
    long names = image.elf().dynamicValue(DynamicTag.STRTAB).orElse(0L);
    int from = names == 0 ? -1 : image.offset(names);
    long size = image.elf().dynamicValue(DynamicTag.STRSZ).orElse(0L);
    for (ProgramHeader load : image.elf().loads()) {
      int start = (int) load.offset();
      int end = (int) Math.min(bytes.length, load.offset() + load.filesz());
      for (int at = start; at < end; at += TOKEN.length) { // each word has one of these places
        boolean letter = bytes[at] >= 'G' && bytes[at] <= 'R'; // the least and the largest of them
        int word = letter ? word(bytes, at, start, end) : -1;
        if (word >= 0 && (word < from || word - from >= size)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Where a word that has the byte at a place begins, if it stands behind a dollar sign; or -1. */
  private static int word(byte[] bytes, int place, int start, int end) {
    for (int i = 0; i < TOKEN.length; i++) {
      int at = place - i;
      if (bytes[place] == TOKEN[i]
          && at > start
          && at + TOKEN.length <= end
          && Arrays.equals(bytes, at, at + TOKEN.length, TOKEN, 0, TOKEN.length)) {
        boolean brace = bytes[at - 1] == '{' && at - 1 > start;
        return bytes[at - (brace ? 2 : 1)] == '$' ? at : -1;
      }
    }
    return -1;
  }

  /**
   * Functions of libcrypto that wait for random numbers, which only functions call that have asked
   * getrandom(2) before.
   */
  private void seeds(int module) {
    Symbols symbols = linked.module(module).symbols();
    if (!symbols.defines("RAND_poll") || !symbols.defines("OPENSSL_atexit")) {
      return;
    }
    Set<String> names = new HashSet<>(WAITS);
    names.addAll(RANDOM);
    Imports imports = new Imports(linked, module, names);
    BitSet asks = new BitSet();
    RANDOM.forEach(name -> asks.or(imports.users(name)));
    BitSet found = new BitSet();
    found.set(linked.id(module, 0), linked.id(module + 1, 0));
    WAITS.forEach(name -> found.and(imports.users(name)));
    found.andNot(asks);
    for (int symbol : symbols.functions()) {
      found.clear(Math.max(0, linked.at(module, symbols.value(symbol))));
    }
    found.andNot(ledToByOthers(module, found, asks));
    Functions functions = linked.module(module).functions();
    for (int id : found.stream().toArray()) {
      int f = linked.functionOf(id);
      seed.set(
          id, linked.module(module).slots().code(functions.start(f), functions.end(f)).length == 0);
    }
  }

  /** Which of some functions something leads to that is not among certain others. */
  private BitSet ledToByOthers(int module, BitSet some, BitSet others) {
    BitSet found = new BitSet();
    Functions functions = linked.module(module).functions();
    for (int f = 0; f < functions.count() && !some.isEmpty(); f++) {
      for (long reference : functions.references(f)) {
        Reference kind = Reference.kind(reference);
        long address = kind.falls() ? functions.end(f) : Reference.address(reference);
        int target = linked.at(module, address);
        if (target >= 0 && some.get(target) && target != linked.id(module, f)) {
          boolean asked = kind == Reference.CALL && others.get(linked.id(module, f));
          found.set(target, found.get(target) || !asked);
        }
      }
    }
    if (!some.isEmpty()) {
      linked
          .module(module)
          .targets()
          .distances()
          .all(
              address -> {
                int target = linked.at(module, address);
                found.set(target, found.get(target) || some.get(target));
              });
    }
    return found;
  }
}
