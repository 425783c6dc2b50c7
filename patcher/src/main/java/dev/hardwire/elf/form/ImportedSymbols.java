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

  /** Sizes of Elf*_Verneed and Elf*_Vernaux, the same for both classes. */
  private static final int NEED_SIZE = 16;

  private static final int MOST_VERSIONS = 1 << 16;
  private static final int LONGEST_VERSION = 100;

  private final ElfFile elf;
  private final DynamicSymbols symbols;
  private final Bytes strings;

  ImportedSymbols(ElfFile elf) {
    this.elf = elf;
    this.symbols = new DynamicSymbols(elf);
    long size = elf.dynamicValue(DynamicTag.STRSZ).orElse(0);
    OptionalLong start = OptionalLong.empty();
    Optional<DynamicEntry> table = elf.dynamicEntry(DynamicTag.STRTAB);
    if (table.isPresent()) {
      start = elf.fileOffset(table.get().value(), size);
    }
    this.strings = elf.bytes().slice(start.orElse(0), start.isPresent() ? size : 0);
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
      if (i != index && isNamed(i, name)) {
        return false;
      }
    }
    return true;
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

  /** The version that a symbol is needed in, such as {@code GLIBC_2.34}; empty if there is none. */
  Optional<String> version(long index) {
    OptionalLong versions = at(DynamicTag.VERSYM, index * Short.BYTES, Short.BYTES);
    if (versions.isEmpty()) {
      return Optional.empty();
    }
    int wanted = elf.bytes().u16(versions.getAsLong()) & VERSION_MASK;
    long need = 0;
    for (int n = 0; n < MOST_VERSIONS; n++) {
      OptionalLong library = at(DynamicTag.VERNEED, need, NEED_SIZE);
      if (library.isEmpty()) {
        return Optional.empty();
      }
      long header = library.getAsLong();
      long aux = need + elf.bytes().u32(header + 8);
      for (int i = 0; i < elf.bytes().u16(header + 2); i++) {
        OptionalLong version = at(DynamicTag.VERNEED, aux, NEED_SIZE);
        if (version.isEmpty()) {
          return Optional.empty();
        }
        long name = elf.bytes().u32(version.getAsLong() + 8);
        if (elf.bytes().u16(version.getAsLong() + 6) == wanted) {
          return string(name);
        }
        aux += elf.bytes().u32(version.getAsLong() + 12);
      }
      long next = elf.bytes().u32(header + 12);
      if (next == 0) {
        return Optional.empty();
      }
      need += next;
    }
    return Optional.empty();
  }

  /** Empty if the string does not end in the table, or is too long for a version. */
  private Optional<String> string(long at) {
    long end = strings.contains(at, 1) ? strings.indexOf(new byte[1], at) : -1;
    return end >= 0 && end - at <= LONGEST_VERSION
        ? Optional.of(strings.cString(at))
        : Optional.empty();
  }

  private OptionalLong at(long tag, long offset, long size) {
    Optional<DynamicEntry> table = elf.dynamicEntry(tag);
    return table.isEmpty()
        ? OptionalLong.empty()
        : elf.fileOffset(table.get().value() + offset, size);
  }
}
