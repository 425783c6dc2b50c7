package dev.hardwire.elf.form;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Symbols that the dynamic linker takes from libraries, with their versions. */
final class ImportedSymbols {
  private static final int VERSION_MASK = 0x7fff;

  /** Sizes of Elf*_Verneed and Elf*_Vernaux, the same for both classes. */
  private static final int NEED_SIZE = 16;

  /** Size of Elf*_Verdef, and where its vd_ndx and vd_next are. */
  private static final int DEFINITION_SIZE = 20;

  private static final int DEFINITION_INDEX = 4;
  private static final int DEFINITION_NEXT = 16;

  private static final int MOST_VERSIONS = 1 << 16;

  /** No name that is asked for is longer, so one with this much room need not be read. */
  private static final int LONGEST_SHORT = 64;

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
   * more than one: the dynamic linker takes the last of an index, and follows the lists to their
   * ends whatever their counts say (glibc elf/dl-version.c, _dl_check_map_versions).
   */
  Optional<String> version(long index) {
    OptionalLong versions = at(DynamicTag.VERSYM, index * Short.BYTES, Short.BYTES);
    if (versions.isEmpty()) {
      return Optional.empty();
    }
    int wanted = elf.bytes().u16(versions.getAsLong()) & VERSION_MASK;
    List<Long> names = new ArrayList<>();
    boolean whole = needed(wanted, names) && !isDefined(wanted);
    return whole && names.size() == 1 ? string(names.get(0)) : Optional.empty();
  }

  /** Collects the names of an index of a version; false if a list does not end. */
  private boolean needed(int wanted, List<Long> names) {
    long need = 0;
    int left = MOST_VERSIONS;
    while (true) {
      OptionalLong library = at(DynamicTag.VERNEED, need, NEED_SIZE);
      if (library.isEmpty()) {
        return false;
      }
      long header = library.getAsLong();
      long aux = need + elf.bytes().u32(header + 8);
      for (long step = 1; step != 0; aux += step) {
        OptionalLong version = at(DynamicTag.VERNEED, aux, NEED_SIZE);
        if (version.isEmpty() || --left < 0) {
          return false;
        }
        if ((elf.bytes().u16(version.getAsLong() + 6) & VERSION_MASK) == wanted) {
          names.add(elf.bytes().u32(version.getAsLong() + 8));
        }
        step = elf.bytes().u32(version.getAsLong() + 12);
      }
      long next = elf.bytes().u32(header + 12);
      if (next == 0) {
        return true;
      }
      need += next;
    }
  }

  /** Whether the program defines a version with that index itself, or may. */
  private boolean isDefined(int wanted) {
    if (elf.dynamicEntry(DynamicTag.VERDEF).isEmpty()) {
      return false;
    }
    long at = 0;
    for (int n = 0; n < MOST_VERSIONS; n++) {
      OptionalLong definition = at(DynamicTag.VERDEF, at, DEFINITION_SIZE);
      if (definition.isEmpty()) {
        return true;
      }
      long found = definition.getAsLong();
      long next = elf.bytes().u32(found + DEFINITION_NEXT);
      if ((elf.bytes().u16(found + DEFINITION_INDEX) & VERSION_MASK) == wanted) {
        return true;
      } else if (next == 0) {
        return false;
      }
      at += next;
    }
    return true;
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
