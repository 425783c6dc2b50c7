package dev.hardwire.derive.rules;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.link.ArgumentSolver;
import dev.hardwire.derive.link.Cuts;
import dev.hardwire.derive.link.Flows;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.link.LocalUse;
import dev.hardwire.derive.link.ReachableCode;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Symbols;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Patterns of code of glibc that are understood, so that what can be reached in them only under a
 * condition that does not hold is left out. Each is found by what the code does, since libraries
 * have no names for it, and each that applied is named in the result.
 */
public final class Rules implements Cuts {
  private static final int DEEPEST = 4;

  private static final String STARTUP =
      "start: the dynamic linker's main function runs only before the hook";
  private static final String COMMAND =
      "command: the dynamic linker executes a program only if it is run as a command itself";
  private static final long EXECVE = 59;
  private static final String PRIORITY =
      "priority-mutex: no mutex has a priority ceiling, since pthread_mutexattr_setprotocol is not"
          + " reached";

  private final Linked linked;
  private final Flows flows;
  private final LocalUse use;
  private final int interpreter;
  private final BitSet startup = new BitSet();
  private final BitSet priority = new BitSet();
  private final AppliedRules applied = new AppliedRules();
  private final Attributes attributes;
  private final NameService names;
  private final KnownArguments arguments;
  private final Unused unused;
  private final UnusedFeatures features;
  private final HomeDirectories tildes;
  private final GoFeatures go;
  private final NameDaemon daemon;
  private final StaticThreads threads;
  private Optional<Environment> environment = Optional.empty();

  /** The functions that edges which may be cut begin or end at. */
  private final BitSet concerned = new BitSet();

  private boolean before;
  private boolean apart;

  /**
   * Finds the patterns.
   *
   * @param interpreter the index of the dynamic linker; -1 for none
   * @param assumptions which rules count that depend on something outside the program
   */
  public Rules(Linked linked, Flows flows, int interpreter, Assumptions assumptions) {
    this.linked = linked;
    this.flows = flows;
    this.use = new LocalUse(linked, flows, assumptions.mayApply("argument-order"));
    this.interpreter = interpreter;
    int library = interpreter < 0 ? -1 : library();
    Optional<GlibcFunctions> glibc =
        library < 0 ? Optional.empty() : Optional.of(new GlibcFunctions(linked, library));
    this.attributes = new Attributes(linked, glibc, flows.callees(), applied);
    this.unused = new Unused(glibc, flows, applied);
    this.features = new UnusedFeatures(linked, applied);
    this.go = new GoFeatures(linked, applied);
    boolean asks = assumptions.hasDaemon() || !assumptions.mayApply("nscd");
    this.daemon = new NameDaemon(linked, glibc, asks, flows.known(), applied);
    boolean ceilings = assumptions.mayApply("priority-mutex");
    this.threads = new StaticThreads(linked, flows, ceilings, applied);
    this.tildes = new HomeDirectories(glibc, flows, applied);
    this.arguments = new KnownArguments(linked, glibc, flows);
    this.names = new NameService(linked, library, flows.known(), applied);
    if (interpreter >= 0
        && linked.module(interpreter).symbols().find("_rtld_global_ro", "GLIBC_PRIVATE") != 0) {
      startup();
      environment =
          Optional.of(new Environment(linked, flows, interpreter, glibc, assumptions, applied));
      if (ceilings) {
        priority();
      }
      concerned.or(environment.get().concerned());
    }
    concerned.or(priority);
    concerned.or(attributes.concerned());
    concerned.or(features.concerned());
    concerned.or(arguments.concerned());
    concerned.or(unused.concerned());
    concerned.or(tildes.globs);
    concerned.or(daemon.concerned());
    concerned.or(threads.concerned());
  }

  /** What runs before the hook is not cut at the start of the dynamic linker. */
  public Rules before(boolean runsBefore) {
    before = runsBefore;
    return this;
  }

  /** Follows what runs before the hook by itself: with other arguments than later. */
  public void apart(Runnable following) {
    boolean usual = before;
    before = true;
    apart = true;
    following.run();
    apart = false;
    before = usual;
  }

  /** The rules that left something out, sorted. */
  public List<String> applied() {
    Set<String> all = new TreeSet<>(applied.texts());
    all.addAll(arguments.applied());
    all.addAll(use.applied());
    return List.copyOf(all);
  }

  /** Takes back rules whose conditions do not hold; whether there were any. */
  public boolean revoke(ReachableCode reach) {
    boolean attribute = attributes.revise(reach, flows);
    boolean name = names.revise(reach);
    boolean feature = features.revise(reach);
    return revokePriority(reach) || attribute || name || feature;
  }

  /** Takes back rules for what runs before the hook is a use of something, too. */
  public boolean revokeUnused(ReachableCode reachedBefore) {
    return unused.revise(reachedBefore);
  }

  /** Lets through what more reached code asks for; whether there was anything. */
  public boolean extend(ReachableCode reach) {
    boolean used = unused.revise(reach);
    boolean asked = tildes.extend(reach);
    threads.revise(reach);
    return arguments.extend(reach) || used || asked;
  }

  private boolean revokePriority(ReachableCode reach) {
    if (priority.isEmpty()) {
      return false;
    }
    for (String name : List.of("pthread_mutexattr_setprotocol", "pthread_mutex_setprioceiling")) {
      boolean reached =
          linked.find(name, "").map(linked::function).filter(reach::contains).isPresent();
      if (reached) {
        priority.clear();
        applied.remove(PRIORITY);
        return true;
      }
    }
    return false;
  }

  /** The index of glibc; -1 for none. */
  private int library() {
    for (int i = 0; i < linked.modules().size(); i++) {
      Symbols symbols = linked.module(i).symbols();
      if (symbols.defines("__libc_early_init") && !linked.isPlugin(i)) {
        return i;
      }
    }
    return -1;
  }

  /** The function that the start code of the dynamic linker hands on, to be called once. */
  private void startup() {
    long entry = linked.module(interpreter).image().elf().header().entry();
    Set<Integer> seen = new HashSet<>();
    List<Integer> open = new ArrayList<>(List.of(linked.at(interpreter, entry)));
    for (int depth = 0; depth < DEEPEST; depth++) {
      List<Integer> next = new ArrayList<>();
      for (int id : open) {
        if (id < 0 || !seen.add(id)) {
          continue;
        }
        Functions functions = linked.functionsOf(id);
        int function = linked.functionOf(id);
        for (long reference : functions.references(function)) {
          long address = Reference.address(reference);
          Reference kind = Reference.kind(reference);
          int target = linked.at(interpreter, address);
          if (kind == Reference.CALL || kind == Reference.FALL) {
            next.add(target);
          } else if (kind == Reference.TAKE
              && depth < 2
              && target >= 0
              && use.isOnlyCalled(id, address)) {
            startup.set(target);
          }
        }
      }
      open = next;
    }
  }

  /** Internal functions that ask for the scheduling of the thread: those of priority ceilings. */
  private void priority() {
    for (int i = 0; i < linked.modules().size(); i++) {
      Symbols symbols = linked.module(i).symbols();
      int marker = symbols.find("pthread_mutexattr_setprotocol", "");
      int scheduler = symbols.find("sched_getscheduler", "");
      int most = symbols.find("sched_get_priority_max", "");
      if (marker == 0 || scheduler == 0 || most == 0 || linked.isPlugin(i)) {
        continue;
      }
      Set<Integer> named = new HashSet<>();
      for (int symbol : symbols.functions()) {
        named.add(linked.at(i, symbols.value(symbol)));
      }
      Set<Long> asked = Set.of(symbols.value(scheduler), symbols.value(most));
      Functions functions = linked.module(i).functions();
      for (int f = 0; f < functions.count(); f++) {
        int id = linked.id(i, f);
        priority.set(
            id, !named.contains(id) && functions.refers(f, Reference.CALL, asked::contains));
      }
      return;
    }
  }

  @Override
  public boolean cut(int from, int to) {
    if (!concerned.get(from) && !concerned.get(to)) {
      return false;
    }
    return applied.add(priority.get(to), PRIORITY)
        || attributes.cut(from, to)
        || (environment.isPresent() && environment.get().cut(from, to))
        || features.cut(from, to)
        || daemon.cut(from, to)
        || threads.cut(to)
        || (!apart && (arguments.cut(from, to) || unused.cut(from, to) || tildes.cut(from, to)));
  }

  @Override
  public boolean isDead(int id, long address, long number) {
    return applied.add(number == EXECVE && startup.get(id), COMMAND)
        || attributes.isDead(id, address, number)
        || (environment.isPresent() && environment.get().isDead(id, number))
        || arguments.isDead(id, address)
        || threads.isDead(id, address, number)
        || unused.isDead(id, number);
  }

  @Override
  public boolean isNotFound(int from, int id) {
    return names.isNotFound(from, id);
  }

  @Override
  public boolean leavesOut(int id) {
    return applied.add(!before && startup.get(id), STARTUP)
        || go.leavesOut(id)
        || (environment.isPresent() && environment.get().leavesOut(id, before));
  }

  @Override
  public LocalUse use() {
    return use;
  }

  /**
   * Home directories of users, for which glob(3) looks only if its flags ask for that. It calls
   * itself with flags that it has got.
   */
  private static final class HomeDirectories {
    private static final String RULE =
        "tilde: glob looks for no home directories, since no reached call asks for GLOB_TILDE";

    /** GLOB_TILDE and GLOB_TILDE_CHECK. */
    private static final long FLAGS = 0x5000;

    private final Flows flows;
    private final BitSet globs;
    private final BitSet homes;
    private final BitSet asked = new BitSet();
    private final AppliedRules applied;

    /**
     * Finds the functions.
     *
     * @param library empty if there is no glibc
     */
    HomeDirectories(Optional<GlibcFunctions> library, Flows flows, AppliedRules applied) {
      this.applied = applied;
      this.flows = flows;
      this.globs = new BitSet();
      library.ifPresent(
          found ->
              found.versions(Set.of("glob", "glob64")).stream()
                  .filter(found::isWhole)
                  .forEach(globs::set));
      this.homes =
          library
              .map(found -> found.versions(Set.of("getlogin_r", "getpwnam_r")))
              .orElseGet(BitSet::new);
    }

    /** Whether a function does not call another one. */
    boolean cut(int from, int to) {
      boolean dead = homes.get(to) && globs.get(from) && !asked.get(from);
      applied.add(dead && asked.isEmpty(), RULE);
      return dead;
    }

    /** Lets through what flags ask for in more reached code; whether there was something. */
    boolean extend(ReachableCode reach) {
      boolean more = false;
      for (int id : globs.stream().filter(reach::contains).toArray()) {
        if (!asked.get(id)) {
          ArgumentSolver solver = new ArgumentSolver(reach.calls(flows), Integer.SIZE);
          solver.solveOthers(id, Instruction.RSI);
          if (solver.unknown().isPresent()
              || solver.values().keySet().stream().anyMatch(value -> (value & FLAGS) != 0)) {
            asked.set(id);
            applied.remove(RULE);
            more = true;
          }
        }
      }
      return more;
    }
  }
}
