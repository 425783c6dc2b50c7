package dev.hardwire.elf;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How many bytes a relocation writes. Most write a word; a copy relocation as much as its symbol is
 * large, and the descriptor of a thread-local variable is two words.
 */
public final class RelocationReach {
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

  /** File offset behind the entries that are taken as relative, whatever their type says. */
  private final long behindCounted;

  private SymbolTable symbols;

  public RelocationReach(ElfFile elf) {
    this.elf = elf;
    this.types = TYPES.getOrDefault(elf.machine().code(), new Types(-1, -1));
    ElfClass elfClass = elf.header().elfClass();
    this.behindCounted =
        Math.max(
            behind(DynamicTag.RELA, DynamicTag.RELACOUNT, elfClass.relaSize()),
            behind(DynamicTag.REL, DynamicTag.RELCOUNT, elfClass.relSize()));
  }

  private long behind(long table, long countTag, int entry) {
    long count = elf.dynamicValue(countTag).orElse(0);
    OptionalLong start = elf.dynamicValue(table);
    if (start.isEmpty() || count == 0) {
      return 0;
    }
    OptionalLong offset = elf.fileOffset(start.getAsLong(), 1);
    boolean fits = count > 0 && count < Integer.MAX_VALUE && offset.isPresent();
    return fits ? offset.getAsLong() + count * entry : Long.MAX_VALUE;
  }

  /** Whether relocations of a type may write more than two words. */
  boolean isCopy(int type) {
    return type == types.copy();
  }

  /**
   * The bytes that a REL or RELA entry writes from r_offset on, {@link Long#MAX_VALUE} for more
   * than there is memory. The entries that DT_RELACOUNT counts are taken as relative, whatever
   * their type says, so they write at least a word. So does a copy of nothing, which no linker
   * makes.
   *
   * @param at file offset of the entry
   */
  public long bytes(long at) {
    ElfClass elfClass = elf.header().elfClass();
    int word = elfClass.wordSize();
    long info = elf.header().readWord(elf.bytes(), at + word);
    int type = Relocation.type(elfClass, info);
    if (type == types.descriptor()) {
      return 2L * word;
    }
    if (!isCopy(type)) {
      return word;
    }
    long size = symbolSize(at, Relocation.symbol(elfClass, info));
    return at < behindCounted || size == 0 ? Math.max(word, size) : size;
  }

  /** Symbols are looked for where the table starts, as there may be millions of relocations. */
  private long symbolSize(long at, long symbol) {
    if (symbols == null) {
      symbols = symbols();
    }
    if (symbol >= symbols.count()) {
      throw new ElfFormatException(
          Refusal.BAD_RELOCATIONS, at, "r_info", "symbol %d is not in the file".formatted(symbol));
    }
    long size = symbols.size(symbol);
    return size < 0 ? Long.MAX_VALUE : size;
  }

  /** The dynamic symbols; none if the file has no such table. */
  private SymbolTable symbols() {
    OptionalLong table = elf.dynamicValue(DynamicTag.SYMTAB);
    Bytes none = elf.bytes().slice(0, 0);
    return new SymbolTable(elf, table.isEmpty() ? none : elf.from(table.getAsLong()).orElse(none));
  }
}
