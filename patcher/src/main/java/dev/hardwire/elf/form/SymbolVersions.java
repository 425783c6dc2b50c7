package dev.hardwire.elf.form;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The versions in which symbols are needed and defined (DT_VERNEED, DT_VERDEF). Dynamic linkers
 * follow the lists to their ends, whatever their counts say (glibc elf/dl-version.c,
 * _dl_check_map_versions).
 */
final class SymbolVersions {
  private static final int INDEX_MASK = 0x7fff;
  private static final int MOST = 1 << 16;

  /** Sizes of Elf*_Verneed, Elf*_Vernaux, Elf*_Verdef and Elf*_Verdaux, the same for each class. */
  private static final int NEED_SIZE = 16;

  private static final int DEFINITION_SIZE = 20;
  private static final int DEFINITION_NAME_SIZE = 8;

  /** VER_FLG_WEAK: glibc goes on without the version. */
  private static final int WEAK = 2;

  /**
   * A version that a library has to have.
   *
   * @param at file offset of its entry (Elf*_Vernaux)
   * @param library file offset of that of the library (Elf*_Verneed)
   * @param index by which DT_VERSYM refers to it
   */
  record Needed(long at, long library, int index) {}

  private final ElfFile elf;
  private final LibraryNames names;
  private final List<Needed> needed = new ArrayList<>();
  private final Set<Integer> defined = new HashSet<>();
  private long neededEnd;
  private long definedEnd;
  private int left = MOST;

  /**
   * Reads both lists.
   *
   * @throws ElfFormatException if one leaves the file, or is not as linkers write it
   */
  SymbolVersions(ElfFile elf, LibraryNames names) {
    this.elf = elf;
    this.names = names;
    if (elf.dynamicEntry(DynamicTag.VERNEED).isPresent()) {
      readNeeded();
    }
    if (elf.dynamicEntry(DynamicTag.VERDEF).isPresent()) {
      readDefined();
    }
  }

  /** Size of the list at DT_VERNEED in bytes, 0 without one. */
  long neededSize() {
    return neededEnd;
  }

  /** Size of the list at DT_VERDEF in bytes, 0 without one. */
  long definedSize() {
    return definedEnd;
  }

  private void readNeeded() {
    Bytes bytes = elf.bytes();
    long next;
    for (long at = 0; ; at += next) {
      long library = place(DynamicTag.VERNEED, at, NEED_SIZE);
      neededEnd = Math.max(neededEnd, at + NEED_SIZE);
      long step;
      for (long name = at + bytes.u32(library + 8); ; name += step) {
        long version = place(DynamicTag.VERNEED, name, NEED_SIZE);
        neededEnd = Math.max(neededEnd, name + NEED_SIZE);
        needed.add(new Needed(version, library, bytes.u16(version + 6) & INDEX_MASK));
        step = bytes.u32(version + 12);
        if (step == 0) {
          break;
        }
      }
      next = bytes.u32(library + 12);
      if (next == 0) {
        return;
      }
    }
  }

  /**
   * Refuses versions that are not as linkers write them.
   *
   * @throws ElfFormatException naming the field
   */
  void check() {
    Bytes bytes = elf.bytes();
    for (Needed version : needed) {
      String name = name(version);
      long hash = bytes.u32(version.at());
      if (hash != hash(name)) { // dynamic linkers compare this before the name
        throw refuse(version.at(), "vna_hash", "0x%x is not that of %s".formatted(hash, name));
      }
      int flags = bytes.u16(version.at() + 4);
      if ((flags & ~WEAK) != 0) {
        throw refuse(
            version.at() + 4, "vna_flags", "0x%x has flags that no linker sets".formatted(flags));
      }
      Optional<String> library = names.string(bytes.u32(version.library() + 4));
      if (elf.dynamic().stream()
          .filter(entry -> entry.tag() == DynamicTag.NEEDED)
          .noneMatch(entry -> library.equals(Optional.of(names.name(entry))))) {
        throw refuse(
            version.library() + 4, "vn_file", "versions of a library that is not in DT_NEEDED");
      }
    }
  }

  private String name(Needed version) {
    long at = version.at() + 8;
    return names
        .string(elf.bytes().u32(at))
        .orElseThrow(() -> refuse(at, "vna_name", "no name in the string table"));
  }

  /**
   * The name of the only version with an index; empty if there is another one, if it is not that of
   * a library whose name begins so, or if dynamic linkers go on without it.
   */
  Optional<String> only(int index, String library) {
    List<Needed> found = new ArrayList<>(needed);
    found.removeIf(version -> version.index() != index);
    if (found.size() != 1 || defined.contains(index)) {
      return Optional.empty();
    }
    Needed version = found.get(0);
    boolean certain =
        elf.bytes().u16(version.at() + 4) == 0
            && names
                .string(elf.bytes().u32(version.library() + 4))
                .filter(name -> name.startsWith(library))
                .isPresent();
    return certain ? Optional.of(name(version)) : Optional.empty();
  }

  /** The hash of a name for DT_HASH and versions (gABI, Hash Table). */
  private static long hash(String name) {
    long hash = 0;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash << 4) + name.charAt(i);
      long high = hash & 0xf000_0000L;
      hash = (hash ^ high >> 24) & ~high;
    }
    return hash;
  }

  private void readDefined() {
    Bytes bytes = elf.bytes();
    long next;
    for (long at = 0; ; at += next) {
      long definition = place(DynamicTag.VERDEF, at, DEFINITION_SIZE);
      definedEnd = Math.max(definedEnd, at + DEFINITION_SIZE);
      defined.add(bytes.u16(definition + 4) & INDEX_MASK);
      long step;
      for (long name = at + bytes.u32(definition + 12); ; name += step) {
        long aux = place(DynamicTag.VERDEF, name, DEFINITION_NAME_SIZE);
        definedEnd = Math.max(definedEnd, name + DEFINITION_NAME_SIZE);
        step = bytes.u32(aux + 4);
        if (step == 0) {
          break;
        }
      }
      next = bytes.u32(definition + 16);
      if (next == 0) {
        return;
      }
    }
  }

  /** File offset of an entry. */
  private long place(long tag, long offset, int size) {
    DynamicEntry table = elf.dynamicEntry(tag).orElseThrow();
    OptionalLong place = elf.fileOffset(table.value() + offset, size);
    if (place.isEmpty() || --left < 0) {
      throw refuse(
          table.fileOffset(), DynamicTag.nameOf(tag), "the list of versions is not in the file");
    }
    return place.getAsLong();
  }

  private static ElfFormatException refuse(long at, String field, String reason) {
    return new ElfFormatException(Refusal.BAD_DYNAMIC, at, field, reason);
  }
}
