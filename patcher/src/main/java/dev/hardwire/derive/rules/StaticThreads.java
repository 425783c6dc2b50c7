package dev.hardwire.derive.rules;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.derive.flow.LiveCode;
import dev.hardwire.derive.link.Flows;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.link.ReachableCode;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SymbolTable;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What threads of glibc do only for attributes that something sets, in programs that contain glibc
 * and the names of their functions. The linker adds only functions that something needs.
 */
final class StaticThreads {
  private static final String SCHEDULING =
      "thread-scheduling: threads are created with the scheduling of their creators, since the"
          + " program has no pthread_attr_setinheritsched";
  private static final String PRIORITY =
      "priority-mutex: no mutex has a priority ceiling, since the program has no"
          + " pthread_mutexattr_setprotocol";
  private static final String PROCESSORS =
      "thread-affinity: threads are created on the processors of their creators, since the program"
          + " sets no others for them";

  /** The internal name that every version of glibc has. */
  private static final String CREATE = "__pthread_create_2_1";

  private static final String CHANGE_PRIORITY = "__pthread_tpp_change_priority";
  private static final String CURRENT_PRIORITY = "__pthread_current_priority";
  private static final String INHERIT = "pthread_attr_setinheritsched";
  private static final Set<String> CEILINGS =
      Set.of("pthread_mutexattr_setprotocol", "pthread_mutex_setprioceiling");

  /** ATTR_FLAG_NOTINHERITSCHED, in struct pthread_attr. */
  private static final LiveCode.Word INHERITS = new LiveCode.Word(8, Integer.BYTES, ~2L, false);

  private static final int FIRST_SCHEDULING = 142;
  private static final int LAST_SCHEDULING = 145;
  private static final long SET_AFFINITY = 203;

  /** The functions by their names without underscores in front, and by those with them. */
  private final Map<String, BitSet> names = new HashMap<>();

  private final Linked linked;
  private final BitSet creators = new BitSet();
  private final BitSet priority = new BitSet();
  private final Map<Integer, Set<Long>> dead = new HashMap<>();
  private final AppliedRules applied;
  private boolean processors;
  private ThreadAttributes attributes;

  /**
   * Finds the functions.
   *
   * @param ceilings whether mutexes in memory that is shared with other programs have no ceilings
   */
  StaticThreads(Linked linked, Flows flows, boolean ceilings, AppliedRules applied) {
    this.applied = applied;
    this.linked = linked;
    Module file = linked.module(0);
    if (linked.modules().size() > 1 || file.isGo()) {
      return;
    }
    readNames(file.image().elf());
    BitSet create = versions(Set.of(CREATE));
    if (create.cardinality() != 1) {
      return;
    }
    if (ceilings && versions(CEILINGS).isEmpty()) {
      priority.or(versions(Set.of(CHANGE_PRIORITY, CURRENT_PRIORITY)));
    }
    creators(create.nextSetBit(0));
    if (versions(Set.of(INHERIT)).isEmpty()) {
      creators.stream().forEach(id -> dead.put(id, scheduling(file, id, flows)));
    }
    attributes = new ThreadAttributes(this::versions, flows);
    processors = true;
  }

  private void readNames(ElfFile elf) {
    Bytes bytes = elf.bytes();
    for (Section section : elf.sections()) {
      if (section.type() == Section.SHT_SYMTAB && section.link() < elf.sections().size()) {
        Section strings = elf.sections().get((int) section.link());
        try {
          SymbolTable symbols = new SymbolTable(elf, bytes.slice(section.offset(), section.size()));
          readNames(symbols, bytes.slice(strings.offset(), strings.size()));
        } catch (BytesException damaged) {
          names.clear(); // as if there were none
          return;
        }
      }
    }
  }

  private void readNames(SymbolTable symbols, Bytes strings) {
    for (long i = 1; i < symbols.count(); i++) {
      int id = symbols.isFunction(i) ? linked.at(0, symbols.value(i)) : -1;
      if (id < 0
          || symbols.section(i) == SymbolTable.SHN_UNDEF
          || linked.start(id) != symbols.value(i)) {
        continue;
      }
      String name = strings.cString(symbols.nameOffset(i));
      String plain = name.replaceFirst("^_+", "");
      if (plain.startsWith("pthread_")) {
        names.computeIfAbsent(name, key -> new BitSet()).set(id);
        names.computeIfAbsent(plain, key -> new BitSet()).set(id);
      }
    }
  }

  private BitSet versions(Set<String> some) {
    BitSet found = new BitSet();
    some.forEach(name -> found.or(names.getOrDefault(name, new BitSet())));
    return found;
  }

  /** What creates threads, and functions that make system calls and are called only there. */
  private void creators(int create) {
    Module file = linked.module(0);
    Functions functions = file.functions();
    BitSet called = new BitSet();
    for (long reference : functions.references(create)) {
      int target = functions.at(Reference.address(reference));
      boolean calls = Reference.kind(reference) == Reference.CALL && target >= 0;
      if (calls && functions.is(target, Functions.CALLS_KERNEL)) {
        called.set(target);
      }
    }
    called.andNot(
        new FunctionRanges(functions, called).usedBeside(f -> f == create, file.returns()));
    called.set(create);
    called.stream().filter(f -> !LiveCode.isEnteredInside(file, f)).forEach(creators::set);
  }

  /** The system calls of a function behind tests for a scheduling of the thread's own. */
  private Set<Long> scheduling(Module file, int id, Flows flows) {
    return LiveCode.of(file, id, INHERITS, Set.of(), flows.callees())
        .map(live -> DeadCode.of(linked, id, live).sites())
        .orElseGet(HashSet::new);
  }

  /** Whether nothing calls a function. */
  boolean cut(int to) {
    return applied.add(priority.get(to), PRIORITY);
  }

  /** Whether a system call is not made. */
  boolean isDead(int id, long address, long number) {
    boolean scheduling =
        number >= FIRST_SCHEDULING
            && number <= LAST_SCHEDULING
            && dead.getOrDefault(id, Set.of()).contains(address);
    boolean affinity = processors && number == SET_AFFINITY && creators.get(id);
    return applied.add(scheduling, SCHEDULING) || applied.add(affinity, PROCESSORS);
  }

  /** The functions that calls which may be cut lead to. */
  BitSet concerned() {
    return priority;
  }

  /** Takes back what does not hold, since more functions are reached. */
  void revise(ReachableCode reach) {
    if (processors) {
      BitSet others = versions(Set.of("__pthread_attr_copy"));
      others.or(attributes.ownGetters(reach));
      for (int id : versions(Set.of("pthread_attr_setaffinity_np")).stream().toArray()) {
        processors &= !reach.contains(id) || !Unused.isUsed(reach, id, others);
      }
    }
  }
}
