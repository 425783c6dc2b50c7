package dev.hardwire.derive.names;

import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.module.Module;
import dev.hardwire.elf.DynamicTag;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which files need which others (DT_NEEDED). */
public final class FileNeeds {
  private final Linked linked;

  /** The files that a file needs. */
  private final Map<Integer, BitSet> needs = new HashMap<>();

  /** A file and those that need it, by the file. */
  private final Map<Integer, BitSet> users = new HashMap<>();

  public FileNeeds(Linked linked) {
    this.linked = linked;
  }

  /** A file and those that need it, directly or not. */
  BitSet users(int module) {
    return users.computeIfAbsent(module, this::needing);
  }

  private BitSet needing(int module) {
    BitSet found = new BitSet();
    found.set(module);
    for (int known = 0; known != found.cardinality(); ) {
      known = found.cardinality();
      for (int i = 0; i < linked.modules().size(); i++) {
        found.set(i, found.get(i) || found.intersects(needs.computeIfAbsent(i, this::needs)));
      }
    }
    return found;
  }

  private BitSet needs(int module) {
    List<String> needed = linked.module(module).needed();
    BitSet found = new BitSet();
    for (int i = 0; i < linked.modules().size(); i++) {
      Module file = linked.module(i);
      boolean named = file.strings(DynamicTag.SONAME).stream().anyMatch(needed::contains);
      String name = Linked.shortName(file);
      found.set(
          i, named || needed.stream().anyMatch(n -> n.equals(name) || n.endsWith("/" + name)));
    }
    return found;
  }
}
