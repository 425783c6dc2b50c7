package dev.hardwire.live.truth;

import static dev.hardwire.live.truth.Mutations.add;

import java.util.List;

/** Changes of the ELF header and of the name of the dynamic linker. */
final class HeaderMutations {
  private static final int E_TYPE = 16;
  private static final int E_ENTRY = 24;

  private static final List<String> INTERPRETERS =
      List.of(
          "/lib64/ld-linux-x86-64.so.2",
          "/lib/ld-musl-x86_64.so.1",
          "/lib/ld-linux.so.2",
          "/lib64/../lib64/ld-linux-x86-64.so.2",
          "/lib64//ld-linux-x86-64.so.2",
          "lib64/ld-linux-x86-64.so.2",
          "./program",
          "/proc/self/exe",
          "/usr/bin/env",
          "/bin/sh");

  private HeaderMutations() {}

  static void addTo(List<Mutation> all) {
    add(all, 5, d -> d.set(E_ENTRY, d.chance(70) ? d.function() : d.address(), "e_entry"));
    add(all, 1, d -> d.set(E_TYPE, 2, d.pick(2, 3, 3, 1, 4), "e_type"));
    add(all, 3, HeaderMutations::field);
    add(all, 2, HeaderMutations::identification);
    add(all, 3, HeaderMutations::interpreter);
  }

  private static void field(Draft d) {
    int words = E_ENTRY + 3 * d.word();
    switch (d.random.nextInt(9)) {
      case 0 -> near(d, E_ENTRY + d.word(), d.word(), "e_phoff");
      case 1 -> near(d, E_ENTRY + 2 * d.word(), d.word(), "e_shoff");
      case 2 -> near(d, words, 4, "e_flags");
      case 3 -> near(d, words + 4, 2, "e_ehsize");
      case 4 -> near(d, words + 6, 2, "e_phentsize");
      case 5 -> d.set(words + 8, 2, d.get(words + 8, 2) + d.pick(-1, 1, -2), "e_phnum");
      case 6 -> near(d, words + 10, 2, "e_shentsize");
      case 7 -> d.set(words + 12, 2, d.get(words + 12, 2) + d.pick(-1, 1, -9), "e_shnum");
      default -> near(d, words + 14, 2, "e_shstrndx");
    }
  }

  private static void near(Draft d, int offset, int width, String what) {
    d.set(offset, width, d.near(d.get(offset, width)), what);
  }

  private static void identification(Draft d) {
    switch (d.random.nextInt(4)) {
      case 0 -> d.set(7, 1, d.pick(0, 1, 2, 3, 6, 9, 12, 97), "EI_OSABI");
      case 1 -> d.set(8, 1, d.pick(0, 1, 255), "EI_ABIVERSION");
      case 2 -> d.set(9 + d.random.nextInt(7), 1, d.random.nextInt(256), "EI_PAD");
      default -> d.set(18, 2, d.pick(62, 3, 6, 183), "e_machine");
    }
  }

  private static void interpreter(Draft d) {
    if (d.anatomy.interpreter.size() == 0) {
      return;
    }
    String name = d.pick(INTERPRETERS);
    if (name.length() < d.anatomy.interpreter.size() || d.chance(10)) {
      d.put(d.anatomy.interpreter.start(), name, "interpreter");
    }
  }
}
