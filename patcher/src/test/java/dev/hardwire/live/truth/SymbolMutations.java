package dev.hardwire.live.truth;

import static dev.hardwire.live.truth.Mutations.add;

import java.util.List;

/** Changes of the dynamic symbols, their versions and their names. */
final class SymbolMutations {
  private static final List<String> NAMES =
      List.of(
          "__libc_start_main",
          "other_start_main",
          "__gmon_start__",
          "__cxa_finalize",
          "getenv",
          "strlen",
          "malloc",
          "main",
          "libc.so.6",
          "libc.so",
          "libm.so.6",
          "libx.so",
          "ld-linux-x86-64.so.2",
          "linux-vdso.so.1",
          "/proc/self/exe",
          "program",
          "./program",
          "GLIBC_2.2.5",
          "GLIBC_2.34",
          "$ORIGIN",
          "/tmp",
          "");

  private SymbolMutations() {}

  static void addTo(List<Mutation> all) {
    add(all, 3, when(d -> value(d, symbol(d))));
    add(all, 3, when(d -> info(d, symbol(d))));
    add(all, 2, when(d -> section(d, symbol(d))));
    add(all, 2, when(d -> other(d, symbol(d))));
    add(all, 2, when(d -> size(d, symbol(d))));
    add(all, 3, when(SymbolMutations::rename));
    add(all, 2, when(d -> d.entries(d.anatomy.symbols, size(d), "symbol")));
    add(all, 5, when(d -> defined(d, symbol(d))));
    add(all, 3, SymbolMutations::version);
    add(all, 4, SymbolMutations::string);
  }

  private static Mutation when(Mutation mutation) {
    return d -> {
      if (!d.anatomy.symbols.isEmpty()) {
        mutation.apply(d);
      }
    };
  }

  /** Any, and often the one that start code calls. */
  private static int symbol(Draft d) {
    List<Integer> start = d.anatomy.startSymbols;
    return !start.isEmpty() && d.chance(30) ? d.pick(start) : d.pick(d.anatomy.symbols);
  }

  private static int size(Draft d) {
    return d.word() == 8 ? 24 : 16;
  }

  private static boolean is64(Draft d) {
    return d.word() == 8;
  }

  private static void value(Draft d, int symbol) {
    d.set(symbol + (is64(d) ? 8 : 4), d.chance(80) ? d.function() : d.address(), "st_value");
  }

  private static void info(Draft d, int symbol) {
    long binding = d.pick(0, 0, 1, 2, 10);
    long type = d.pick(0, 1, 2, 2, 3, 6, 10, 10);
    d.set(symbol + (is64(d) ? 4 : 12), 1, binding << 4 | type, "st_info");
  }

  private static void section(Draft d, int symbol) {
    d.set(symbol + (is64(d) ? 6 : 14), 2, d.pick(0, 1, 13, 14, 20, 0xfff1, 0xfff2), "st_shndx");
  }

  private static void other(Draft d, int symbol) {
    d.set(symbol + (is64(d) ? 5 : 13), 1, d.pick(0, 1, 2, 3, 0x80), "st_other");
  }

  private static void size(Draft d, int symbol) {
    int at = symbol + (is64(d) ? 16 : 8);
    d.set(at, d.chance(50) ? d.near(d.get(at)) : d.pick(0, 8, 24, 64, 0x1000, 1L << 31), "st_size");
  }

  /** The name of another symbol. */
  private static void rename(Draft d) {
    d.set(d.pick(d.anatomy.symbols), 4, d.get(d.pick(d.anatomy.symbols), 4), "st_name");
  }

  /** A symbol with an address in the program, in one of the ways that a loader may take it. */
  static void defined(Draft d, int symbol) {
    value(d, symbol);
    if (d.chance(50)) {
      section(d, symbol);
    }
    if (d.chance(50)) {
      info(d, symbol);
    }
    if (d.chance(25)) {
      other(d, symbol);
    }
    if (d.chance(25)) {
      d.set(symbol, 4, d.get(d.pick(d.anatomy.symbols), 4), "st_name");
    }
  }

  private static void version(Draft d) {
    if (!d.anatomy.versions.isEmpty()) {
      long value = d.chance(50) ? d.pick(0, 1, 2, 3, 4) : d.pick(0x8001, 0x8002, 5, 0x7fff);
      d.set(d.pick(d.anatomy.versions), 2, value, "version");
    }
  }

  /** Overwrites a string, or a part of one. */
  private static void string(Draft d) {
    if (d.anatomy.strings.size() == 0) {
      return;
    }
    String text = d.pick(NAMES);
    int at = d.random.nextInt(d.anatomy.strings.size());
    if (d.chance(70)) {
      at = (int) d.get(d.anatomy.symbols.isEmpty() ? 0 : d.pick(d.anatomy.symbols), 4);
    }
    if (at + text.length() < d.anatomy.strings.size()) {
      d.put(d.anatomy.strings.start() + at, text, "string");
    }
  }
}
