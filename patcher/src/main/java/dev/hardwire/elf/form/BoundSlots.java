package dev.hardwire.elf.form;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
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

  /** Length of {@code add $imm32, %ebx}, which ends with the captured word. */
  private static final int ADD_EBX = 6;

  private static final long ADDRESS32 = 0xffff_ffffL;

  private final ElfFile elf;
  private final ImportedSymbols symbols;
  private final MachineForm machine;
  private final LazySlots lazy;
  private final int word;

  BoundSlots(ElfFile elf, ImportedSymbols symbols) {
    this.elf = elf;
    this.symbols = symbols;
    this.machine = MachineForm.of(elf);
    this.lazy = new LazySlots(elf, this);
    this.word = elf.header().elfClass().wordSize();
  }

  /**
   * A word through which code calls.
   *
   * @param address of the word
   * @param base the address that the calling code has in a register for such tables; 0 for none
   * @param entry the entry of the procedure linkage table that jumps through it; 0 for none
   */
  record Slot(long address, long base, long entry) {}

  /** What a kind of code captures at an address, if it is that and nothing changes it. */
  Optional<Map<String, Long>> match(String kind, long address) {
    for (CodePattern pattern : CodePatterns.of(elf.machine(), kind)) {
      OptionalLong offset = elf.fileOffset(address, pattern.size());
      boolean misread = pattern.hasAddressWords() && elf.isPositionIndependent();
      if (offset.isEmpty() || misread || !isCode(address)) {
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

  /** Whether a segment that is executable and not writable holds an address. */
  private boolean isCode(long address) {
    return elf.loads().stream()
        .filter(load -> load.overlapsMemory(address, address + 1))
        .allMatch(load -> (load.flags() & ~ProgramHeader.PF_R) == ProgramHeader.PF_X);
  }

  /**
   * The address that code has in a register for the tables of the linker: on i386, that of the
   * global offset table, which it adds to the address behind its call of a function that returns
   * that; on ppc64le, the table of contents. 0 if it has none.
   */
  long base(Map<String, Long> code, long address) {
    if (code.containsKey("absolute")) {
      return code.get("absolute");
    } else if (code.containsKey("toc")) {
      return address + code.get("toc");
    }
    boolean counts = code.containsKey("got") && match("thunk", code.get("thunk")).isPresent();
    return counts ? code.get("got") - ADD_EBX : 0;
  }

  /** The sum of the parts of an address that a pattern captures. */
  long sum(Map<String, Long> code) {
    return address(
        code.get("page") + code.getOrDefault("middle", 0L) + code.getOrDefault("low", 0L));
  }

  /** An address in the width of the file's addresses. */
  long address(long sum) {
    return elf.header().elfClass() == ElfClass.CLASS32 ? sum & ADDRESS32 : sum;
  }

  /** The slot of the entry of the procedure linkage table at an address. */
  Optional<Slot> ofEntry(long entry, long base) {
    return match("plt", entry).map(code -> new Slot(place(code, base), base, entry));
  }

  private long place(Map<String, Long> entry, long base) {
    if (entry.containsKey("page")) {
      return sum(entry);
    }
    Long slot = entry.get("slot");
    return slot == null ? address(base + entry.get("offset").intValue()) : slot;
  }

  /**
   * The symbol that a slot is bound to, if it is one with that name from a library, bound when the
   * program is loaded or by the dynamic linker's resolver.
   */
  Optional<Long> symbol(Slot slot, String name) {
    // on riscv64, linkers count DT_JMPREL as a part of DT_RELA too
    List<Relocation> all = elf.relocations().touching(slot.address(), word);
    if (all.isEmpty() || !all.stream().allMatch(other -> isSame(other, all.get(0)))) {
      return Optional.empty();
    }
    Relocation relocation = all.get(0);
    int type = relocation.type();
    boolean binds =
        machine.binds(type)
            && relocation.address() == slot.address()
            && relocation.addend() == 0
            && symbols.isOnly(relocation.symbol(), name, machine.isSlot(type))
            && (!machine.isSlot(type) || bindsNow() || lazy.resolves(slot, relocation));
    return binds ? Optional.of(relocation.symbol()) : Optional.empty();
  }

  /** The same as {@code equals}, for which the JVM would load many classes. */
  private static boolean isSame(Relocation one, Relocation other) {
    return one.kind() == other.kind()
        && one.fileOffset() == other.fileOffset()
        && one.address() == other.address()
        && one.type() == other.type()
        && one.symbol() == other.symbol()
        && one.addend() == other.addend();
  }

  /** Whether a word stays 0 or is bound to a symbol with that name from a library. */
  boolean isUnusedOr(long address, String name) {
    OptionalLong offset = elf.fileOffset(address, word);
    boolean zero =
        offset.isPresent() && elf.header().readWord(elf.bytes(), offset.getAsLong()) == 0;
    return (zero && elf.relocations().touching(address, word).isEmpty())
        || symbol(new Slot(address, 0, 0), name).isPresent();
  }

  private boolean bindsNow() {
    return elf.dynamicEntry(DynamicTag.BIND_NOW).isPresent()
        || (elf.dynamicValue(DynamicTag.FLAGS).orElse(0) & DF_BIND_NOW) != 0
        || (elf.dynamicValue(DynamicTag.FLAGS_1).orElse(0) & DF_1_NOW) != 0;
  }
}
