package dev.hardwire.derive.link;

import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Symbols;
import dev.hardwire.elf.DynamicTag;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Names of libraries that a program may load when it runs: strings that reached code refers to, in
 * files that call dlopen(3) and in those that need such a file, which may load what they name.
 */
final class LoadedNames {
  private static final int LONGEST = 256;
  private static final Pattern LIBRARY = Pattern.compile("[\\w./+-]+\\.so(\\.\\d+)*");

  private final Linked linked;
  private final Reach reach;
  private final int interpreter;

  LoadedNames(Reach reach, int interpreter) {
    this.linked = reach.linked();
    this.reach = reach;
    this.interpreter = interpreter;
  }

  /** The names, without those of the files that are there already. */
  SortedSet<String> find(FileNeeds needs) {
    BitSet files = new BitSet();
    Set<String> known = new HashSet<>();
    for (int module = 0; module < linked.modules().size(); module++) {
      Module file = linked.module(module);
      known.add(Linked.shortName(file));
      known.addAll(file.strings(DynamicTag.SONAME));
      if (module == interpreter) {
        continue;
      }
      if (file.symbols().defines("dlopen")) {
        files.set(module); // all files need libc, and those that load with it call dlopen
      } else if (loads(file.symbols())) {
        files.or(needs.users(module));
      }
    }
    SortedSet<String> found = new TreeSet<>();
    files.stream().forEach(module -> add(module, found));
    found.removeAll(known);
    return found;
  }

  private static boolean loads(Symbols symbols) {
    return symbols.importedNames().contains("dlopen")
        || symbols.importedNames().contains("dlmopen");
  }

  private void add(int module, SortedSet<String> found) {
    Functions functions = linked.module(module).functions();
    for (int f = 0; f < functions.count(); f++) {
      if (reach.contains(linked.id(module, f))) {
        add(module, f, found);
      }
    }
  }

  private void add(int module, int function, SortedSet<String> found) {
    Functions functions = linked.module(module).functions();
    for (int at = functions.firstReference(function);
        at < functions.firstReference(function + 1);
        at++) {
      long reference = functions.reference(at);
      if (Reference.kind(reference) == Reference.DATA) {
        long address = Reference.address(reference);
        String text = linked.module(module).image().text(address, LONGEST);
        if (LIBRARY.matcher(text).matches()) {
          found.add(text);
        }
      }
    }
  }
}
