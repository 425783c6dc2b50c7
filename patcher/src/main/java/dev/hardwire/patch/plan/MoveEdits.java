package dev.hardwire.patch.plan;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.Symbol;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** Copies the ranges that move, and updates the dynamic section and symbols. */
final class MoveEdits {
  private final ElfFile elf;
  private final FileLayout layout;

  /** Changes inside a copied range, by file offset of the original bytes. */
  private final TreeMap<Long, Bytes> changesInCopies = new TreeMap<>();

  MoveEdits(ElfFile elf, FileLayout layout) {
    this.elf = elf;
    this.layout = layout;
  }

  void addTo(List<Edit> edits, Additions additions) {
    for (Move move : layout.moves()) {
      dynamicTags(move, edits);
      symbols(move, edits);
    }
    for (Move move : layout.moves()) {
      additions.add(move.newOffset(), () -> copy(move), "copy of " + move.what());
    }
  }

  private void dynamicTags(Move move, List<Edit> edits) {
    List<Section> sections = sections(move);
    if (sections.isEmpty()) {
      return;
    }
    for (DynamicEntry entry : elf.dynamic()) {
      if (DynamicTag.READ_ONLY_TABLES.contains(entry.tag()) && isStart(entry, sections)) {
        long at = entry.fileOffset() + elf.header().elfClass().wordSize();
        edits.add(
            new Edit(
                at,
                elf.header().word(entry.value()),
                elf.header().word(entry.value() + move.addressShift()),
                "dynamic section, tag 0x"
                    + Long.toHexString(entry.tag())
                    + ": follows "
                    + move.what()));
      }
    }
  }

  private List<Section> sections(Move move) {
    List<Section> sections = new ArrayList<>();
    for (Section section : elf.sections()) {
      if (move.contains(section)) {
        sections.add(section);
      }
    }
    return sections;
  }

  private static boolean isStart(DynamicEntry entry, List<Section> sections) {
    for (Section section : sections) {
      if (section.addr() == entry.value()) {
        return true;
      }
    }
    return false;
  }

  private void symbols(Move move, List<Edit> edits) {
    BitSet indices = new BitSet();
    for (Section section : sections(move)) {
      if (isFollowed(section)) {
        indices.set(section.index());
      }
    }
    if (indices.isEmpty()) {
      return;
    }
    ElfClass elfClass = elf.header().elfClass();
    for (Section table : elf.sections()) {
      if (table.type() != Section.SHT_SYMTAB && table.type() != Section.SHT_DYNSYM) {
        continue;
      }
      for (Symbol symbol : elf.symbols(table, indices::get)) {
        if (!isInItsSection(symbol)) {
          continue;
        }
        long at = symbol.fileOffset() + Symbol.valueOffset(elfClass);
        Bytes shifted = elf.header().word(symbol.value() + move.addressShift());
        Optional<Move> holder =
            layout.moves().stream().filter(m -> m.start() <= at && at < m.end()).findFirst();
        if (holder.isPresent()) {
          changesInCopies.put(at, shifted);
        } else {
          edits.add(
              new Edit(
                  at,
                  elf.header().word(symbol.value()),
                  shifted,
                  "symbol " + symbol.name() + " follows its section"));
        }
      }
    }
  }

  /**
   * The sections whose symbols are updated contain notes or a table of the dynamic linker, not code
   * or data.
   */
  private static boolean isFollowed(Section section) {
    return section.type() == Section.SHT_DYNAMIC || section.isReadOnlyData();
  }

  /**
   * Linkers assign symbols that belong to no section, such as {@code __ehdr_start}, to an arbitrary
   * one. The section's end counts as inside.
   */
  private boolean isInItsSection(Symbol symbol) {
    Section section = elf.sections().get(symbol.sectionIndex());
    return symbol.value() >= section.addr() && symbol.value() <= section.addr() + section.size();
  }

  private Bytes copy(Move move) {
    List<Bytes> parts = new ArrayList<>();
    long at = move.start();
    for (var change : changesInCopies.subMap(move.start(), move.end()).entrySet()) {
      parts.add(elf.bytes().slice(at, change.getKey() - at));
      parts.add(change.getValue());
      at = change.getKey() + change.getValue().size();
    }
    parts.add(elf.bytes().slice(at, move.end() - at));
    return Bytes.concat(parts);
  }
}
