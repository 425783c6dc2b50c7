package dev.hardwire.derive.names;

import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.link.Linked.Definition;
import dev.hardwire.derive.module.Symbols;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The names of all symbols that files define for others. */
final class DefinedNames {
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
   * All definitions of a name, of any version: which of them dlsym(3) finds depends on the handle.
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
