package dev.hardwire.elf.form;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Relocation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Words of the global offset table, through which code calls functions of libraries. */
final class BoundSlots {
  /** DF_BIND_NOW in DT_FLAGS, DF_1_NOW in DT_FLAGS_1. */
  private static final long DF_BIND_NOW = 8;

  private static final long DF_1_NOW = 1;

  /** Words at DT_PLTGOT that are no slots. */
  private static final long RESERVED_WORDS = 3;

  private final ElfFile elf;
  private final ImportedSymbols symbols;
  private final MachineForm machine;
  private final int word;

  BoundSlots(ElfFile elf, ImportedSymbols symbols) {
    this.elf = elf;
    this.symbols = symbols;
    this.machine = MachineForm.of(elf);
    this.word = elf.header().elfClass().wordSize();
  }

  /** The address that a pair of instructions makes of a page and an offset. */
  static long sum(Map<String, Long> code) {
    return code.get("page") + code.get("low");
  }

  /** What a kind of code captures at an address, if it is that and no relocation changes it. */
  Optional<Map<String, Long>> match(String kind, long address) {
    for (CodePattern pattern : CodePatterns.of(elf.machine(), kind)) {
      OptionalLong offset = elf.fileOffset(address, pattern.size());
      boolean misread = pattern.hasAddressWords() && elf.isPositionIndependent();
      if (offset.isEmpty() || misread || !elf.isExecutable(address)) {
        continue;
      }
      Bytes code = elf.bytes().slice(offset.getAsLong(), pattern.size());
      Optional<Map<String, Long>> found = pattern.match(code, address);
      if (found.isPresent() && elf.relocations().touching(address, pattern.size()).isEmpty()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /**
   * The symbol that a slot is bound to, if it is one with that name from a library, bound when the
   * program is loaded or by the dynamic linker's resolver.
   *
   * @param base the address of the global offset table that the code which uses the slot has in a
   *     register; 0 for none
   */
  Optional<Long> symbol(long slot, String name, long base) {
    List<Relocation> all = elf.relocations().touching(slot, word);
    if (all.size() != 1) {
      return Optional.empty();
    }
    Relocation relocation = all.get(0);
    boolean binds =
        machine.binds(relocation.type())
            && relocation.address() == slot
            && relocation.addend() == 0
            && symbols.isOnly(relocation.symbol(), name)
            && (!machine.isCall(relocation.type())
                || bindsNow()
                || resolves(slot, relocation, base));
    return binds ? Optional.of(relocation.symbol()) : Optional.empty();
  }

  /** Whether a slot stays 0 or is bound to a symbol with that name from a library. */
  boolean isUnusedOr(long slot, String name) {
    OptionalLong offset = elf.fileOffset(slot, word);
    boolean zero =
        offset.isPresent() && elf.header().readWord(elf.bytes(), offset.getAsLong()) == 0;
    return (zero && elf.relocations().touching(slot, word).isEmpty())
        || symbol(slot, name, 0).isPresent();
  }

  private boolean bindsNow() {
    return elf.dynamicEntry(DynamicTag.BIND_NOW).isPresent()
        || (elf.dynamicValue(DynamicTag.FLAGS).orElse(0) & DF_BIND_NOW) != 0
        || (elf.dynamicValue(DynamicTag.FLAGS_1).orElse(0) & DF_1_NOW) != 0;
  }

  /**
   * Whether an unbound slot leads to the dynamic linker, with the index of its relocation: to the
   * rest of the PLT entry, from there to the first entry, and through the word that the dynamic
   * linker sets.
   */
  private boolean resolves(long slot, Relocation relocation, long base) {
    OptionalLong offset = elf.fileOffset(slot, word);
    Optional<DynamicEntry> table = elf.dynamicEntry(DynamicTag.JMPREL);
    Optional<DynamicEntry> got = elf.dynamicEntry(DynamicTag.PLTGOT);
    if (offset.isEmpty() || table.isEmpty() || got.isEmpty()) {
      return false;
    }
    long unbound = elf.header().readWord(elf.bytes(), offset.getAsLong());
    long entry =
        machine.usesRela() ? elf.header().elfClass().relaSize() : elf.header().elfClass().relSize();
    Optional<Map<String, Long>> direct = match("plt-resolve", unbound);
    if (direct.isPresent()) {
      // the resolver computes the index from the place of the slot
      long number = (slot - got.get().value()) / word - RESERVED_WORDS;
      OptionalLong place = elf.fileOffset(table.get().value() + number * entry, entry);
      return (slot - got.get().value()) % word == 0
          && number >= 0
          && place.isPresent()
          && place.getAsLong() == relocation.fileOffset()
          && elf.relocations().touching(got.get().value(), RESERVED_WORDS * word).isEmpty()
          && sum(direct.get()) == got.get().value() + 2L * word;
    }
    Optional<Map<String, Long>> lazy = match("plt-lazy", unbound);
    if (lazy.isEmpty()) {
      return false;
    }
    Long index = lazy.get().get("index");
    long at = index == null ? lazy.get().get("at") : index * entry;
    OptionalLong found = elf.fileOffset(table.get().value() + at, entry);
    long reserved = got.get().value();
    return found.isPresent()
        && found.getAsLong() == relocation.fileOffset()
        && elf.relocations().touching(reserved, RESERVED_WORDS * word).isEmpty()
        && leadsToResolver(lazy.get().get("first"), reserved, base);
  }

  /** Whether the first entry of the PLT goes on through the word that the dynamic linker sets. */
  private boolean leadsToResolver(long address, long reserved, long base) {
    Optional<Map<String, Long>> first = match("plt-first", address);
    if (first.isEmpty()) {
      return base == reserved && match("plt-first-by-base", address).isPresent();
    }
    return first.get().get("object") == reserved + word
        && first.get().get("resolver") == reserved + 2L * word;
  }
}
