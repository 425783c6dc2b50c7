package dev.hardwire.derive.link;

import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import java.util.List;
import java.util.Optional;

/**
 * A program and its libraries in the order in which the dynamic linker searches them. All functions
 * have one number across the files.
 */
public final class Linked {
  /** A symbol where it is defined. */
  public record Definition(int module, int symbol) {}

  /** An address of a file. */
  public record Place(int module, long address) {}

  /** That of a symbol that nothing defines. */
  private static final Definition UNDEFINED = new Definition(-1, 0);

  private final List<Module> modules;
  private final int startup;
  private final int[] bases;

  /** By file and symbol, what it is bound to; null for what was not asked for. */
  private final Definition[][] resolved;

  /** By file and symbol, 2 more than the function there; 0 for what was not asked for. */
  private final int[][] functions;

  /**
   * Links files.
   *
   * @param modules the program, its libraries in the order of the search, then those that the
   *     program loads when it runs
   * @param startup how many of them are loaded at the start
   */
  public Linked(List<Module> modules, int startup) {
    this.modules = List.copyOf(modules);
    this.startup = startup;
    this.bases = new int[modules.size() + 1];
    this.resolved = new Definition[modules.size()][];
    this.functions = new int[modules.size()][];
    for (int i = 0; i < modules.size(); i++) {
      bases[i + 1] = Math.addExact(bases[i], modules.get(i).functions().count());
      resolved[i] = new Definition[modules.get(i).symbols().count()];
      functions[i] = new int[resolved[i].length];
    }
  }

  public List<Module> modules() {
    return modules;
  }

  public Module module(int index) {
    return modules.get(index);
  }

  /** Whether a file is loaded by the program, not at its start. */
  public boolean isPlugin(int module) {
    return module >= startup;
  }

  /** The number of functions. */
  public int count() {
    return bases[modules.size()];
  }

  public int id(int module, int function) {
    return bases[module] + function;
  }

  /** The file of a function. */
  public int moduleOf(int id) {
    int low = 0;
    int high = modules.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (bases[middle] <= id) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** The index of a function in its file. */
  public int functionOf(int id) {
    return id - bases[moduleOf(id)];
  }

  /** The function at an address of a file, or -1. */
  public int at(int module, long address) {
    int function = modules.get(module).functions().at(address);
    return function < 0 ? -1 : id(module, function);
  }

  /** The functions of a function's file. */
  public Functions functionsOf(int id) {
    return modules.get(moduleOf(id)).functions();
  }

  public Module file(int id) {
    return modules.get(moduleOf(id));
  }

  /** The address of a function. */
  public long start(int id) {
    int module = moduleOf(id);
    return modules.get(module).functions().start(id - bases[module]);
  }

  /** The first address behind a function. */
  public long end(int id) {
    int module = moduleOf(id);
    return modules.get(module).functions().end(id - bases[module]);
  }

  /** Whether any of some flags of a function is set, see {@link Functions}. */
  public boolean is(int id, int flag) {
    int module = moduleOf(id);
    return modules.get(module).functions().is(id - bases[module], flag);
  }

  /** What a symbol of a file is bound to; empty if nothing defines it. */
  public Optional<Definition> resolve(int module, int symbol) {
    Definition found = resolved[module][symbol];
    if (found == null) {
      Symbols symbols = modules.get(module).symbols();
      Definition own = symbols.isDefined(symbol) ? new Definition(module, symbol) : UNDEFINED;
      found = find(symbols.name(symbol), symbols.version(symbol)).orElse(own);
      resolved[module][symbol] = found;
    }
    return found.module() < 0 ? Optional.empty() : Optional.of(found);
  }

  /** The first definition of a name. */
  public Optional<Definition> find(String name, String version) {
    for (int i = 0; i < modules.size(); i++) {
      int symbol = modules.get(i).symbols().find(name, version);
      if (symbol != 0) {
        return Optional.of(new Definition(i, symbol));
      }
    }
    return Optional.empty();
  }

  /** The definition that is copied into a program, which defines the symbol itself. */
  public Optional<Definition> original(int module, int symbol) {
    Symbols symbols = modules.get(module).symbols();
    for (int i = 0; i < modules.size(); i++) {
      int found =
          i == module
              ? 0
              : modules.get(i).symbols().find(symbols.name(symbol), symbols.version(symbol));
      if (found != 0) {
        return Optional.of(new Definition(i, found));
      }
    }
    return Optional.empty();
  }

  /** The function that is called through a slot, or -1 if that is not known. */
  public int called(int module, long address) {
    int slot = modules.get(module).slots().at(address);
    return slot < 0 ? -1 : held(module, slot);
  }

  /** The function that a slot holds, by its index, or -1 if that is not known. */
  public int held(int module, int slot) {
    Slots slots = modules.get(module).slots();
    return switch (slots.content(slot)) {
      case ADDRESS -> {
        int function = modules.get(module).targets().held(slot);
        yield function < 0 ? -1 : id(module, function);
      }
      case SYMBOL, GOT -> resolve(module, (int) slots.value(slot)).map(this::function).orElse(-1);
      case RESOLVED, COPY -> -1;
    };
  }

  /** The function that a definition is, or -1. */
  public int function(Definition found) {
    int[] known = functions[found.module()];
    if (known[found.symbol()] == 0) {
      Symbols symbols = modules.get(found.module()).symbols();
      known[found.symbol()] = 2 + at(found.module(), symbols.value(found.symbol()));
    }
    return known[found.symbol()] - 2;
  }

  /** How a function is written in messages: file and place. */
  public String name(int id) {
    Module module = modules.get(moduleOf(id));
    return shortName(module) + " " + module.place(module.functions().start(functionOf(id)));
  }

  /** The last part of a file's name. */
  public static String shortName(Module module) {
    return module.name().substring(module.name().lastIndexOf('/') + 1);
  }
}
