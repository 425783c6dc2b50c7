package dev.hardwire.derive.link;

import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import java.util.BitSet;

/**
 * The functions that something calls, or whose address something has. All others are parts of
 * functions, which compilers put elsewhere, and get their values from them.
 */
final class Entries {
  private final BitSet entries = new BitSet();

  Entries(Linked linked) {
    for (int i = 0; i < linked.modules().size(); i++) {
      Module module = linked.module(i);
      code(linked, i, module.functions());
      Slots slots = module.slots();
      for (int slot = 0; slot < slots.count(); slot++) {
        Slots.Content content = slots.content(slot);
        if (content == Slots.Content.ADDRESS || content == Slots.Content.RESOLVED) {
          exactly(linked, i, slots.value(slot));
        }
      }
      Symbols symbols = module.symbols();
      for (int symbol : symbols.functions()) {
        exactly(linked, i, symbols.value(symbol));
      }
      exactly(linked, i, module.image().elf().header().entry());
    }
  }

  private void code(Linked linked, int module, Functions functions) {
    for (long reference : functions.references()) {
      Reference kind = Reference.kind(reference);
      if (kind.isCode() && kind != Reference.JUMP) {
        int id = linked.at(module, Reference.address(reference));
        if (id >= 0) {
          entries.set(id);
        }
      }
    }
  }

  /** Pointers into a function are those of its own jump tables. */
  private void exactly(Linked linked, int module, long address) {
    int id = linked.at(module, address);
    if (id >= 0 && linked.functionsOf(id).start(linked.functionOf(id)) == address) {
      entries.set(id);
    }
  }

  boolean isEntry(int id) {
    return entries.get(id);
  }
}
