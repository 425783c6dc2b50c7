package dev.hardwire.elf.form;

import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import java.util.Map;
import java.util.Optional;

/**
 * The function at DT_INIT, which runs before the init array. It has to be {@code _init} of crti.o
 * and crtn.o, without anything that other files have put between the two.
 */
final class InitFunction {
  private static final String GMON = "__gmon_start__";

  private final ElfFile elf;
  private final BoundSlots slots;

  private InitFunction(ElfFile elf, BoundSlots slots) {
    this.elf = elf;
    this.slots = slots;
  }

  static void check(ElfFile elf, BoundSlots slots) {
    new InitFunction(elf, slots).check();
  }

  private void check() {
    Optional<DynamicEntry> init = elf.dynamicEntry(DynamicTag.INIT);
    if (init.isEmpty()) {
      return;
    }
    if (!slots
        .match("init", init.get().value())
        .filter(code -> callsNothing(code, init.get().value()))
        .isPresent()) {
      throw new ElfFormatException(
          Refusal.RUNS_BEFORE_INIT,
          init.get().fileOffset(),
          "DT_INIT",
          "code at 0x%x, which is not the C library's _init, runs before the init array"
              .formatted(init.get().value()));
    }
  }

  /** _init calls nothing but __gmon_start__ of a library, and that only if there is one. */
  private boolean callsNothing(Map<String, Long> init, long address) {
    if (init.containsKey("offset")) {
      long base = slots.base(init, address);
      return slots.isUnusedOr(base + init.get("offset"), GMON) && isGmon(init.get("weak"), base);
    } else if (init.containsKey("weak")) {
      return slots
          .match("weak-call", init.get("weak"))
          .filter(call -> slots.isUnusedOr(slots.sum(call), GMON) && isGmon(call.get("gmon"), 0))
          .isPresent();
    }
    Long gmon = init.get("gmon");
    if (init.containsKey("got")) {
      if (slots.base(init, address) == 0) {
        return false;
      }
      gmon = slots.address(slots.base(init, address) + gmon.intValue());
    }
    boolean zero = init.getOrDefault("zero", 0L) == 0 && !elf.isPositionIndependent();
    return (gmon == null || slots.isUnusedOr(gmon, GMON)) && (!init.containsKey("zero") || zero);
  }

  /** Whether an address is that of a PLT entry of __gmon_start__. */
  private boolean isGmon(long entry, long base) {
    return slots.ofEntry(entry, base).flatMap(slot -> slots.symbol(slot, GMON)).isPresent();
  }
}
