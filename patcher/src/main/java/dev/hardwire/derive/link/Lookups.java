package dev.hardwire.derive.link;

import dev.hardwire.derive.link.Linked.Definition;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import java.util.Optional;

/** Functions that a program finds by their names when it runs. */
final class Lookups {
  private static final int LONGEST_NAME = 64;

  private final Linked linked;
  private final Reach reach;
  private final int interpreter;

  Lookups(Reach reach, int interpreter) {
    this.linked = reach.linked();
    this.reach = reach;
    this.interpreter = interpreter;
  }

  /**
   * Functions that are looked up by name: in files that call dlsym(3), every string that reached
   * code refers to and that is the name of a function.
   *
   * @return whether there were new ones
   */
  boolean follow() {
    int before = reach.functions().length;
    for (int module = 0; module < linked.modules().size(); module++) {
      if (module != interpreter && looksUp(module)) {
        names(module);
      }
    }
    return reach.functions().length > before;
  }

  private boolean looksUp(int module) {
    Symbols symbols = linked.module(module).symbols();
    for (int i = 1; i < symbols.count(); i++) {
      if (!symbols.isDefined(i)
          && (symbols.name(i).equals("dlsym") || symbols.name(i).equals("dlvsym"))) {
        return linked.resolve(module, i).map(linked::function).map(reach::contains).orElse(false);
      }
    }
    return false;
  }

  private void names(int module) {
    Module file = linked.module(module);
    Functions functions = file.functions();
    for (int f = 0; f < functions.count(); f++) {
      if (!reach.contains(linked.id(module, f))) {
        continue;
      }
      for (int at = functions.firstReference(f); at < functions.firstReference(f + 1); at++) {
        long reference = functions.reference(at);
        if (Reference.kind(reference) == Reference.DATA) {
          name(module, Reference.address(reference), linked.id(module, f));
        }
      }
    }
    Slots slots = file.slots();
    for (int slot = 0; slot < slots.count(); slot++) {
      if (slots.content(slot) == Slots.Content.ADDRESS && reach.sees(module, slot)) {
        name(module, slots.value(slot), -1);
      }
    }
  }

  private void name(int module, long address, int from) {
    String text = linked.module(module).image().text(address, LONGEST_NAME);
    if (text.isEmpty()) {
      return;
    }
    Optional<Definition> found = linked.find(text, "");
    if (found.isPresent()
        && linked.module(found.get().module()).symbols().isFunction(found.get().symbol())) {
      reach.take(linked.function(found.get()), from, Via.LOOKUP);
    }
  }
}
