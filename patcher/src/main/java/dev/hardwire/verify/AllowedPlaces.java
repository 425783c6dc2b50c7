package dev.hardwire.verify;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.InitArray;
import dev.hardwire.elf.Relocation;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.Symbol;
import dev.hardwire.elf.form.ImportJump;
import dev.hardwire.elf.note.SetupNote;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Phase;
import java.util.ArrayList;
import java.util.List;

/**
 * The places of the original that a patch may change: fields of the file header, the program header
 * table, the hook, the jumps with which phases begin, and what refers to tables that moved. All of
 * it is checked by what it means.
 */
final class AllowedPlaces {
  private record Place(long start, long end) {}

  private final List<Place> places = new ArrayList<>();
  private final ElfFile original;
  private final ElfFile patched;
  private final ChangeChecks changes;
  private final List<Section> symbolTables;
  private final ElfClass elfClass;
  private final boolean dynamicMoves;

  AllowedPlaces(ElfFile original, ElfFile patched, PatchLayer layer, ChangeChecks changes) {
    SetupNote setup = layer.notes().setup();
    this.original = original;
    this.patched = patched;
    this.elfClass = original.header().elfClass();
    this.dynamicMoves = setup.isNeeded();
    header(setup);
    if (patched.header().phoff() == original.header().phoff()) {
      add(original.header().phoff(), patched.header().programTableSize());
    }
    if (setup.isNeeded()) {
      original
          .segment(SegmentType.DYNAMIC)
          .ifPresent(dynamic -> add(dynamic.offset(), dynamic.filesz()));
    } else if (!setup.redirectsEntry()) {
      element(setup.hook().orElseThrow() == Hook.INIT);
    }
    layer.policy().phases().forEach(this::phase);
    original.dynamic().stream()
        .filter(entry -> DynamicTag.READ_ONLY_TABLES.contains(entry.tag()))
        .forEach(this::dynamic);
    this.changes = changes;
    this.symbolTables =
        original.sections().stream()
            .filter(s -> s.type() == Section.SHT_SYMTAB || isLoadedTable(s))
            .toList();
  }

  private void add(long start, long size) {
    places.add(new Place(start, start + size));
  }

  private void header(SetupNote setup) {
    List<HeaderField> fields =
        new ArrayList<>(
            List.of(
                HeaderField.E_PHOFF,
                HeaderField.E_SHOFF,
                HeaderField.E_PHNUM,
                HeaderField.E_SHNUM));
    if (setup.redirectsEntry()) {
      fields.add(HeaderField.E_ENTRY);
    }
    fields.forEach(field -> add(field.offset(elfClass), field.width(elfClass)));
  }

  private void phase(Phase phase) {
    if (phase.function().isPresent()) {
      ImportJump jump = ImportJump.of(original, phase.function().get());
      original
          .fileOffset(jump.address(), ImportJump.SIZE)
          .ifPresent(offset -> add(offset, ImportJump.SIZE));
    } else {
      element(false);
    }
  }

  private void element(boolean first) {
    InitArray array = InitArray.of(original);
    InitArray.Element element = array.element(first ? 0 : array.count() - 1);
    add(element.fileOffset(), elfClass.wordSize());
    element
        .relocation()
        .filter(relocation -> relocation.kind() == Relocation.Kind.RELA)
        .ifPresent(
            relocation ->
                add(
                    relocation.fileOffset() + Relocation.addendOffset(elfClass),
                    elfClass.wordSize()));
  }

  private void dynamic(DynamicEntry entry) {
    add(entry.fileOffset() + elfClass.wordSize(), elfClass.wordSize());
  }

  /**
   * Whether symbols of this section can move: it holds notes or a table of the dynamic linker, not
   * code or data. The dynamic section moves in mode needed.
   */
  private boolean isTable(int sectionIndex) {
    if (sectionIndex >= original.sections().size()) {
      return false;
    }
    Section section = original.sections().get(sectionIndex);
    if (section.type() == Section.SHT_DYNAMIC) {
      return dynamicMoves;
    }
    return section.isReadOnlyData();
  }

  private static boolean isLoadedTable(Section section) {
    return section.type() == Section.SHT_DYNSYM && section.isAllocated();
  }

  /**
   * Whether a range is the value of a symbol that may be another one now. What other files see of
   * the program has to be where its section went; other symbols are for debuggers alone.
   */
  private boolean isValueIn(Section table, long start, long end) {
    long size = elfClass.symbolSize();
    long entry = start - Math.floorMod(start - table.offset(), size);
    if (entry < table.offset() || entry + size > table.fileEnd()) {
      return false;
    }
    long value = entry + Symbol.valueOffset(elfClass);
    int section = original.bytes().u16(entry + Symbol.sectionIndexOffset(elfClass));
    return value <= start
        && end <= value + elfClass.wordSize()
        && isTable(section)
        && (!isLoadedTable(table)
            || changes.hasMoved(
                section,
                original.header().readWord(original.bytes(), value),
                original.header().readWord(patched.bytes(), value)));
  }

  boolean contains(long start, long end) {
    return places.stream().anyMatch(place -> place.start() <= start && end <= place.end())
        || symbolTables.stream().anyMatch(table -> isValueIn(table, start, end));
  }
}
