package dev.hardwire.elf.form;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;

/** Symbols that the dynamic linker takes from libraries, with their versions. */
final class ImportedSymbols {
  private static final int VERSION_MASK = 0x7fff;

  /** The library that has the versions which are asked for. */
  private static final String C_LIBRARY = "libc.so.";

  /** No name that is asked for is longer, so one with this much room need not be read. */
  private static final int LONGEST_SHORT = 64;

  private final ElfFile elf;
  private final DynamicSymbols symbols;
  private final Bytes strings;

  ImportedSymbols(ElfFile elf) {
    this.elf = elf;
    this.symbols = new DynamicSymbols(elf);
    this.strings = elf.dynamicStrings().orElseGet(() -> elf.bytes().slice(0, 0)).inMemory();
  }

  /**
   * Whether a symbol has a name and can come from a library only: dynamic linkers look it up, and
   * find none of that name in the program, where they look first. An undefined symbol with a value
   * counts as found, except for calls (glibc elf/dl-lookup.c, check_match; musl ldso/dynlink.c,
   * find_sym).
   */
  boolean isOnly(long index, String name, boolean forCall) {
    if (!symbols.contains(index) || !symbols.isLookedUp(index, forCall) || !isNamed(index, name)) {
      return false;
    }
    for (long i = 0; i < symbols.count(); i++) {
      if (i != index && (isNamed(i, name) || !hasName(i))) {
        return false;
      }
    }
    return true;
  }

  /** Whether a name ends in the table: dynamic linkers read it even if it is behind DT_STRSZ. */
  private boolean hasName(long index) {
    long at = symbols.nameOffset(index);
    return strings.contains(at, LONGEST_SHORT)
        || (strings.contains(at, 1) && strings.indexOf(new byte[1], at) >= 0);
  }

  /** Whether a symbol in the file has a name. */
  boolean isNamed(long index, String name) {
    return symbols.contains(index) && isString(symbols.nameOffset(index), name);
  }

  private boolean isString(long at, String text) {
    byte[] wanted = (text + "\0").getBytes(StandardCharsets.US_ASCII);
    if (!strings.contains(at, wanted.length)) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (strings.u8(at + i) != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * The version that a symbol is needed in, such as {@code GLIBC_2.34}; empty if there is none, or
   * more than one: the dynamic linker takes the last of an index. Without a weak version it goes
   * on, and binds the symbol to something else, or to nothing.
   */
  Optional<String> version(long index) {
    Optional<DynamicEntry> table = elf.dynamicEntry(DynamicTag.VERSYM);
    OptionalLong place =
        table.isEmpty()
            ? OptionalLong.empty()
            : elf.fileOffset(table.get().value() + index * Short.BYTES, Short.BYTES);
    if (place.isEmpty()) {
      return Optional.empty();
    }
    int wanted = elf.bytes().u16(place.getAsLong()) & VERSION_MASK;
    return new SymbolVersions(elf, new LibraryNames(elf)).only(wanted, C_LIBRARY);
  }

  /** Whether a symbol has to be found: of a weak one, dynamic linkers take the address 0. */
  boolean isGlobal(long index) {
    return symbols.isGlobal(index);
  }
}
