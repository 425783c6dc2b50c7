package dev.hardwire.elf;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How many bytes a relocation writes. Most write a word; a copy relocation as much as its symbol is
 * large, and the descriptor of a thread-local variable is two words.
 */
final class RelocationReach {
  /** By e_machine: R_*_COPY and R_*_TLSDESC of the psABIs; -1 where there is no such type. */
  private static final Map<Integer, Types> TYPES =
      Map.ofEntries(
          Map.entry(3, new Types(5, 41)), // i386
          Map.entry(8, new Types(126, -1)), // MIPS
          Map.entry(20, new Types(19, -1)), // PowerPC
          Map.entry(21, new Types(19, -1)), // PowerPC64
          Map.entry(22, new Types(9, -1)), // S/390
          Map.entry(40, new Types(20, 13)), // Arm
          Map.entry(62, new Types(5, 36)), // x86-64
          Map.entry(183, new Types(1024, 1031)), // AArch64
          Map.entry(243, new Types(4, 12)), // RISC-V
          Map.entry(258, new Types(4, 14))); // LoongArch

  private record Types(int copy, int descriptor) {}

  private final ElfFile elf;
  private final Types types;

  RelocationReach(ElfFile elf) {
    this.elf = elf;
    this.types = TYPES.getOrDefault(elf.machine().code(), new Types(-1, -1));
  }

  /** Whether relocations of a type may write more than two words. */
  boolean isCopy(int type) {
    return type == types.copy();
  }

  /**
   * The bytes that it writes from r_offset on, {@link Long#MAX_VALUE} for more than there is
   * memory.
   */
  long bytes(Relocation relocation) {
    int word = elf.header().elfClass().wordSize();
    if (relocation.kind() == Relocation.Kind.RELR) {
      return word;
    }
    if (relocation.type() == types.descriptor()) {
      return 2L * word;
    }
    return isCopy(relocation.type()) ? symbolSize(relocation) : word;
  }

  private long symbolSize(Relocation relocation) {
    ElfClass elfClass = elf.header().elfClass();
    Optional<DynamicEntry> table = elf.dynamicEntry(DynamicTag.SYMTAB);
    int within = elfClass == ElfClass.CLASS64 ? 16 : 8;
    OptionalLong place =
        table.isEmpty()
            ? OptionalLong.empty()
            : elf.fileOffset(
                table.get().value() + relocation.symbol() * elfClass.symbolSize() + within,
                elfClass.wordSize());
    if (place.isEmpty()) {
      throw new ElfFormatException(
          Refusal.BAD_RELOCATIONS,
          relocation.fileOffset(),
          "r_info",
          "symbol %d is not in the file".formatted(relocation.symbol()));
    }
    long size = elf.header().readWord(elf.bytes(), place.getAsLong());
    return size < 0 ? Long.MAX_VALUE : size;
  }
}
