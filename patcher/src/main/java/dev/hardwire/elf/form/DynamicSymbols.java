package dev.hardwire.elf.form;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.SymbolTable;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The dynamic symbol table. Its size is not stored: the hash tables name the symbols that others
 * can find, and relocations those that the file uses itself.
 */
public final class DynamicSymbols {
  private final ElfFile elf;
  private final ElfClass elfClass;

  /** From DT_SYMTAB to the end of its segment in the file. */
  private final SymbolTable table;

  private final long count;

  /** Bytes of the tables of DT_HASH and DT_GNU_HASH. */
  private long sysvSize;

  private long gnuSize;

  /** Finds the table of a file. */
  public DynamicSymbols(ElfFile elf) {
    this.elf = elf;
    this.elfClass = elf.header().elfClass();
    this.table = new SymbolTable(elf, from(DynamicTag.SYMTAB));
    this.count = Math.max(sysv(), gnu());
    if (count > table.count()) {
      throw refuse(DynamicTag.SYMTAB, "%d symbols are not in the file".formatted(count));
    }
  }

  /** The number of symbols that the hash tables know of. */
  public long count() {
    return count;
  }

  /** Size of the table of DT_HASH in bytes, 0 without one. */
  long sysvSize() {
    return sysvSize;
  }

  /** Size of the table of DT_GNU_HASH in bytes, 0 without one. */
  long gnuSize() {
    return gnuSize;
  }

  /** Whether an index is that of a symbol in the file. */
  public boolean contains(long index) {
    return index >= 0 && index < table.count();
  }

  /** Whether the dynamic linker calls the symbol's code to learn its address (STT_GNU_IFUNC). */
  boolean isResolver(long index) {
    return table.type(index) == SymbolTable.STT_GNU_IFUNC && isDefined(index);
  }

  /** st_name of a symbol that {@link #contains} accepts: an offset in the dynamic strings. */
  long nameOffset(long index) {
    return table.nameOffset(index);
  }

  /** Whether a symbol that {@link #contains} accepts is defined in the file. */
  boolean isDefined(long index) {
    return table.section(index) != SymbolTable.SHN_UNDEF;
  }

  /**
   * Whether a symbol that {@link #contains} accepts has no address in the file, so that the dynamic
   * linker takes that of another file. It does not look up local and hidden symbols, even if they
   * are undefined (glibc sysdeps/generic/ldsodefs.h, dl_symbol_visibility_binds_local_p).
   *
   * @param forCall whether for a relocation of a function call (R_*_JUMP_SLOT): for these, an
   *     undefined symbol with a value does not count (glibc elf/dl-lookup.c, check_match; musl
   *     ldso/dynlink.c, find_sym). It is the address that the program uses for the function
   */
  boolean isLookedUp(long index, boolean forCall) {
    int binding = table.binding(index);
    return !isDefined(index)
        && (binding == SymbolTable.STB_GLOBAL || binding == SymbolTable.STB_WEAK)
        && table.visibility(index) == 0
        && (forCall || table.value(index) == 0);
  }

  /** Whether a symbol that {@link #contains} accepts has to be found (STB_GLOBAL, not weak). */
  boolean isGlobal(long index) {
    return table.binding(index) == SymbolTable.STB_GLOBAL;
  }

  /**
   * Whether dynamic linkers may take the address of a symbol that {@link #contains} accepts for
   * that of its name, in whatever file uses the name. An undefined symbol with a value counts.
   */
  boolean isOffered(long index) {
    return isDefined(index) || table.value(index) != 0;
  }

  /** Whether any symbol that others can find is a resolver. */
  boolean anyResolver() {
    for (long i = 0; i < count; i++) {
      if (isResolver(i)) {
        return true;
      }
    }
    return false;
  }

  private Bytes from(long tag) {
    OptionalLong address = elf.dynamicValue(tag);
    if (address.isEmpty()) {
      return elf.bytes().slice(0, 0);
    }
    Optional<Bytes> found = elf.from(address.getAsLong());
    if (found.isEmpty()) {
      throw refuse(tag, "the table is not in the file");
    }
    return found.get();
  }

  private ElfFormatException refuse(long tag, String reason) {
    long offset = elf.dynamicEntry(tag).map(DynamicEntry::fileOffset).orElse(0L);
    return new ElfFormatException(Refusal.BAD_DYNAMIC, offset, DynamicTag.nameOf(tag), reason);
  }

  /**
   * DT_HASH: nbucket, nchain; there is a chain element for each symbol. s390x has words of 64 bits.
   */
  private long sysv() {
    Bytes hash = from(DynamicTag.HASH);
    if (hash.size() == 0) {
      return 0;
    }
    int word = elf.machine().hashEntrySize();
    require(hash, 2L * word, DynamicTag.HASH);
    long chains = word == Long.BYTES ? hash.u64(word) : hash.u32(word);
    long buckets = word == Long.BYTES ? hash.u64(0) : hash.u32(0);
    require(
        chains >= 0 && buckets >= 0 && buckets + chains <= hash.size() / word - 2, DynamicTag.HASH);
    for (long i = 2; i < 2 + buckets + chains; i++) {
      long index = word == Long.BYTES ? hash.u64(i * word) : hash.u32(i * word);
      if (index < 0 || index >= chains) { // the dynamic linker would follow it
        throw refuse(DynamicTag.HASH, "it leads to symbol %d of %d".formatted(index, chains));
      }
    }
    sysvSize = (2 + buckets + chains) * word;
    return chains;
  }

  /** DT_GNU_HASH: buckets of first symbols, and a chain that ends at the first odd hash value. */
  private long gnu() {
    Bytes hash = from(DynamicTag.GNU_HASH);
    if (hash.size() == 0) {
      return 0;
    }
    require(hash, 16, DynamicTag.GNU_HASH);
    long buckets = hash.u32(0);
    long first = hash.u32(4);
    long bloom = hash.u32(8) * elfClass.wordSize();
    long at = 16 + bloom;
    require(hash, at + buckets * Integer.BYTES, DynamicTag.GNU_HASH);
    long last = 0;
    for (long i = 0; i < buckets; i++) {
      long bucket = hash.u32(at + i * Integer.BYTES);
      if (bucket != 0 && bucket < first) { // its chain would start before the table of chains
        throw refuse(
            DynamicTag.GNU_HASH, "symbol %d is before the first, %d".formatted(bucket, first));
      }
      last = Math.max(last, bucket);
    }
    gnuSize = at + buckets * Integer.BYTES;
    if (last < first) {
      return first;
    }
    long chain = at + buckets * Integer.BYTES + (last - first) * Integer.BYTES;
    while (true) {
      require(hash, chain + Integer.BYTES, DynamicTag.GNU_HASH);
      last++;
      gnuSize = chain + Integer.BYTES;
      if ((hash.u32(chain) & 1) != 0) {
        return last;
      }
      chain += Integer.BYTES;
    }
  }

  private void require(Bytes hash, long size, long tag) {
    require(size >= 0 && size <= hash.size(), tag);
  }

  private void require(boolean holds, long tag) {
    if (!holds) {
      throw refuse(tag, "the hash table is not in the file");
    }
  }
}
