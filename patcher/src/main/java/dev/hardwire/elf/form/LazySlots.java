package dev.hardwire.elf.form;

import dev.hardwire.arch.Target;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Relocation;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Slots that are bound by the first call through them. Until then, code of the program leads to the
 * dynamic linker's resolver, with the index of the relocation that it shall apply. Each psABI has
 * one of four ways to find that index.
 */
final class LazySlots {
  /** Bytes before the first entry of the table, and of an entry (riscv64, loongarch64). */
  private static final long COUNT_START = 32;

  private static final long COUNT_ENTRY = 16;

  /** From the resolver's code to the first entry, and from DT_PPC64_GLINK to that (ppc64le). */
  private static final long GLINK_CODE = 60;

  private static final long GLINK_START = 32;
  private static final long GLINK_ENTRY = 4;

  private final ElfFile elf;
  private final BoundSlots slots;
  private final int word;

  /** Address of the global offset table, which the dynamic linker completes; 0 for none. */
  private final long table;

  LazySlots(ElfFile elf, BoundSlots slots) {
    this.elf = elf;
    this.slots = slots;
    this.word = elf.header().elfClass().wordSize();
    this.table = elf.dynamicEntry(DynamicTag.PLTGOT).map(DynamicEntry::value).orElse(0L);
  }

  /** Whether an unbound slot leads to the resolver, with its own relocation. */
  boolean resolves(BoundSlots.Slot slot, Relocation relocation) {
    OptionalLong offset = elf.fileOffset(slot.address(), word);
    if (offset.isEmpty()
        || table == 0
        || !isFresh()
        || !elf.relocations().touching(table, (long) reserved() * word).isEmpty()) {
      return false;
    }
    long unbound = elf.header().readWord(elf.bytes(), offset.getAsLong());
    OptionalLong at = OptionalLong.empty();
    switch (elf.machine()) {
      case AARCH64, ARM -> at = byPlace(slot, unbound);
      case RISCV64, LOONGARCH64 -> at = byEntry(slot, unbound);
      case PPC64LE -> at = byGlink(slot);
      default -> at = byNumber(slot, unbound);
    }
    OptionalLong jmprel = elf.dynamicValue(DynamicTag.JMPREL);
    if (at.isEmpty() || jmprel.isEmpty()) {
      return false;
    }
    OptionalLong found = elf.fileOffset(jmprel.getAsLong() + at.getAsLong(), entrySize());
    return found.isPresent() && found.getAsLong() == relocation.fileOffset();
  }

  /**
   * Whether the second word of the table is 0: otherwise dynamic linkers take the file for a
   * prelinked one, and compute where unbound slots lead from that word (l_mach.plt in glibc's
   * dl-machine.h). Not on ppc64le.
   */
  private boolean isFresh() {
    OptionalLong second = elf.fileOffset(table + word, word);
    return elf.machine() == Target.PPC64LE
        || (second.isPresent() && elf.header().readWord(elf.bytes(), second.getAsLong()) == 0);
  }

  /** The words at DT_PLTGOT that the dynamic linker sets, and those before them. */
  private int reserved() {
    return switch (elf.machine()) {
      case RISCV64, LOONGARCH64, PPC64LE -> 2;
      default -> 3;
    };
  }

  private long entrySize() {
    return MachineForm.of(elf).usesRela()
        ? elf.header().elfClass().relaSize()
        : elf.header().elfClass().relSize();
  }

  /** An index, counted from the start of something, as an offset in DT_JMPREL. */
  private OptionalLong relocationAt(long distance, long each) {
    return distance >= 0 && distance % each == 0
        ? OptionalLong.of(distance / each * entrySize())
        : OptionalLong.empty();
  }

  /** The entry goes on with the index, or with an offset in DT_JMPREL. */
  private OptionalLong byNumber(BoundSlots.Slot slot, long unbound) {
    Optional<Map<String, Long>> entry = slots.match("plt-lazy", unbound);
    if (entry.isEmpty() || !leadsToResolver(entry.get().get("first"), slot.base())) {
      return OptionalLong.empty();
    }
    Long index = entry.get().get("index");
    return OptionalLong.of(index == null ? entry.get().get("at") : index * entrySize());
  }

  /** Whether the first entry goes on through the word that the dynamic linker sets. */
  private boolean leadsToResolver(long address, long base) {
    Optional<Map<String, Long>> first = slots.match("plt-first", address);
    if (first.isEmpty()) {
      return base == table && slots.match("plt-first-by-base", address).isPresent();
    }
    Long whole = first.get().get("table");
    return whole == null
        ? first.get().get("object") == table + word
            && first.get().get("resolver") == table + 2L * word
        : whole == table;
  }

  /** The resolver computes the index from the place of the slot. */
  private OptionalLong byPlace(BoundSlots.Slot slot, long unbound) {
    Optional<Map<String, Long>> first = slots.match("plt-resolve", unbound);
    return first.isPresent() && slots.sum(first.get()) == table + 2L * word
        ? relocationAt(slot.address() - table - (long) reserved() * word, word)
        : OptionalLong.empty();
  }

  /** The first entry computes the index from the place of the entry that jumped to it. */
  private OptionalLong byEntry(BoundSlots.Slot slot, long unbound) {
    Optional<Map<String, Long>> first = slots.match("plt-count", unbound);
    return first.isPresent() && slot.entry() != 0 && slots.sum(first.get()) == table
        ? relocationAt(slot.entry() - unbound - COUNT_START, COUNT_ENTRY)
        : OptionalLong.empty();
  }

  /**
   * The dynamic linker sets each slot to an entry that starts from DT_PPC64_GLINK (glibc
   * sysdeps/powerpc/powerpc64/dl-machine.h, elf_machine_runtime_setup). They lead to code that
   * computes the index from their place.
   */
  private OptionalLong byGlink(BoundSlots.Slot slot) {
    OptionalLong glink = elf.dynamicValue(DynamicTag.PPC64_GLINK);
    long distance = slot.address() - table - (long) reserved() * word;
    if (glink.isEmpty() || distance < 0 || distance % word != 0) {
      return OptionalLong.empty();
    }
    long start = glink.getAsLong() + GLINK_START;
    Optional<Map<String, Long>> entry =
        slots.match("glink-entry", start + distance / word * GLINK_ENTRY);
    if (entry.isEmpty()) {
      return OptionalLong.empty();
    }
    // the pattern starts with a word before the code
    long code = entry.get().get("resolver") - Long.BYTES;
    Optional<Map<String, Long>> resolver = slots.match("glink", code);
    return resolver.isPresent()
            && resolver.get().get("table") == table
            && code + GLINK_CODE == start
        ? relocationAt(distance, word)
        : OptionalLong.empty();
  }
}
