package dev.hardwire.derive.rules;

import dev.hardwire.derive.link.KnownFacts;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.link.ReachableCode;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The services of nsswitch.conf(5) that glibc contains. One of its functions takes the addresses of
 * all functions of a service, {@code _nss_dns_gethostbyname4_r} for example, for a table that is
 * searched for a name, {@code gethostbyname4_r}, whenever something has to be looked up.
 */
final class NameService {
  private static final String RULE =
      "nss: functions of glibc's own services run only if reached code has their names, by which"
          + " they are looked up";

  private static final Pattern FUNCTION = Pattern.compile("_nss_[a-z]+_([a-z0-9_]+)");

  /** A function with the addresses of so many others of services fills a table. */
  private static final int TABLE = 3;

  private static final int LONGEST_NAME = 40;

  private final Linked linked;
  private final int library;
  private final Map<Integer, Set<String>> names = new HashMap<>();
  private final BitSet tables = new BitSet();
  private final Set<String> asked = new HashSet<>();

  /** The names that functions refer to, by function. */
  private final Map<Integer, Set<String>> referred = new HashMap<>();

  private final AppliedRules applied;

  /**
   * Finds the functions.
   *
   * @param library the index of glibc; -1 for none
   */
  NameService(Linked linked, int library, KnownFacts facts, AppliedRules applied) {
    this.applied = applied;
    this.linked = linked;
    this.library = library;
    if (library < 0) {
      return;
    }
    Symbols symbols = linked.module(library).symbols();
    for (int symbol : symbols.functions()) {
      Matcher match = FUNCTION.matcher(symbols.name(symbol));
      if (match.matches()) {
        names
            .computeIfAbsent(linked.at(library, symbols.value(symbol)), key -> new HashSet<>())
            .add(match.group(1));
      }
    }
    tables();
    if (!tables.isEmpty()) {
      Set<String> all = new HashSet<>();
      names.values().forEach(all::addAll);
      for (int i = 0; i < linked.modules().size(); i++) {
        if (i == library || asks(i)) {
          int number = i;
          KnownFacts.Texts found = facts.texts(linked.module(i), all, NameService::texts);
          found.byFunction().forEach((f, some) -> referred.put(linked.id(number, f), some));
          asked.addAll(found.inData()); // whoever reads that
        }
      }
    }
  }

  /** Whether a function takes the address of another one for a table in which nothing finds it. */
  boolean isNotFound(int from, int id) {
    return applied.add(
        from >= 0
            && tables.get(from)
            && names.containsKey(id)
            && names.get(id).stream().noneMatch(asked::contains),
        RULE);
  }

  /** Takes back what does not hold, since more names are reached; whether there was something. */
  boolean revise(ReachableCode reach) {
    boolean more = false;
    for (Map.Entry<Integer, Set<String>> entry : referred.entrySet()) {
      more |= reach.contains(entry.getKey()) && asked.addAll(entry.getValue());
    }
    if (more) {
      applied.remove(RULE);
    }
    return more;
  }

  private void tables() {
    Functions functions = linked.module(library).functions();
    for (int f = 0; f < functions.count(); f++) {
      int taken = 0;
      for (long reference : functions.references(f)) {
        boolean service =
            Reference.kind(reference) == Reference.TAKE
                && names.containsKey(linked.at(library, Reference.address(reference)));
        taken += service ? 1 : 0;
      }
      tables.set(linked.id(library, f), taken >= TABLE);
    }
  }

  /** Whether another file uses what glibc has for looking up names. */
  private boolean asks(int module) {
    return linked.module(module).symbols().importedNames().stream()
        .anyMatch(name -> name.startsWith("__nss_"));
  }

  private static KnownFacts.Texts texts(Module module, Set<String> all) {
    KnownFacts.Texts found = new KnownFacts.Texts(new HashMap<>(), new HashSet<>());
    Map<Long, String> places = new HashMap<>();
    Functions functions = module.functions();
    for (int f = 0; f < functions.count(); f++) {
      for (long reference : functions.references(f)) {
        if (Reference.kind(reference) == Reference.DATA) {
          String text = text(module, Reference.address(reference), places);
          if (all.contains(text)) {
            found.byFunction().computeIfAbsent(f, key -> new HashSet<>()).add(text);
          }
        }
      }
    }
    Slots slots = module.slots();
    for (int slot = 0; slot < slots.count(); slot++) {
      if (slots.content(slot) == Slots.Content.ADDRESS) {
        String text = text(module, slots.value(slot), places);
        if (all.contains(text)) {
          found.inData().add(text);
        }
      }
    }
    return found;
  }

  private static String text(Module module, long address, Map<Long, String> places) {
    return places.computeIfAbsent(address, key -> module.image().text(key, LONGEST_NAME));
  }
}
