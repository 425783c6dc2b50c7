package dev.hardwire.verify;

import static dev.hardwire.verify.CheckList.require;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.Symbol;
import dev.hardwire.elf.note.PatchRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Accounts for everything that differs from the original. */
final class ChangeChecks {
  private final PatchLayer layer;
  private final ElfFile elf;
  private final ElfFile original;

  ChangeChecks(PatchLayer layer, ElfFile original) {
    this.layer = layer;
    this.elf = layer.elf();
    this.original = original;
  }

  /** The original's segments are all there, and the blob's is the only new one that is loaded. */
  String segments() {
    List<ProgramHeader> loads = new ArrayList<>(elf.loads());
    loads.remove(layer.segment());
    List<ProgramHeader> before = new ArrayList<>(original.loads());
    PhasePart.flags(original, layer.policy())
        .ifPresent(flags -> Collections.replaceAll(before, flags.before(), flags.after()));
    require(
        loads.size() == before.size(),
        "%d segments are loaded beside the blob, %d in the original"
            .formatted(loads.size(), before.size()));
    for (int i = 0; i < before.size(); i++) {
      require(
          sameLoad(before.get(i), loads.get(i)),
          "the segment at 0x%x is not the original's".formatted(before.get(i).vaddr()));
    }
    List<ProgramHeader> rest =
        new ArrayList<>(elf.programHeaders().stream().filter(p -> !p.isLoad()).toList());
    for (ProgramHeader segment : original.programHeaders()) {
      boolean removed = segment.type() == SegmentType.INTERP && layer.notes().setup().isFirst();
      if (!segment.isLoad() && segment.type() != SegmentType.NOTE && !removed) {
        Optional<ProgramHeader> same =
            rest.stream().filter(p -> sameContents(segment, p)).findFirst();
        require(
            same.isPresent(),
            "a segment of type 0x%x is not the original's".formatted(segment.type()));
        rest.remove(same.get());
      }
    }
    require(
        rest.stream().allMatch(p -> p.type() == SegmentType.NOTE),
        "there are segments that the original does not have");
    return "the original's %d, and the blob's".formatted(before.size());
  }

  private boolean sameLoad(ProgramHeader before, ProgramHeader after) {
    long growth = after.filesz() - before.filesz();
    boolean holdsTable =
        before.overlapsFile(original.header().phoff(), original.header().phoff() + 1);
    boolean same = before.withSizes(after.filesz(), after.memsz()).equals(after);
    return same
        && after.memsz() - before.memsz() == growth
        && (growth == 0
            || (holdsTable && growth > 0 && after.fileEnd() == elf.header().programTableEnd()));
  }

  private boolean sameContents(ProgramHeader before, ProgramHeader after) {
    if (before.type() == SegmentType.PHDR && after.type() == SegmentType.PHDR) {
      return after.offset() == elf.header().phoff()
          && after.fileEnd() == elf.header().programTableEnd()
          && after.memsz() == after.filesz()
          && after.flags() == before.flags();
    }
    if (before.equals(after)) {
      return before.type() != SegmentType.INTERP
          || bytes(original, before).equals(bytes(elf, after));
    }
    if (before.type() == SegmentType.DYNAMIC && layer.notes().setup().isNeeded()) {
      return after.type() == SegmentType.DYNAMIC
          && before.at(0, 0, 0).equals(after.at(0, 0, 0))
          && inBlob(after.offset())
          && after.fileEnd() <= layer.segment().fileEnd();
    }
    return before.at(0, 0, before.filesz()).equals(after.at(0, 0, after.filesz()))
        && inBlob(after.offset())
        && bytes(original, before).equals(bytes(elf, after));
  }

  private static Bytes bytes(ElfFile file, ProgramHeader segment) {
    return file.bytes().slice(segment.offset(), segment.filesz());
  }

  private boolean inBlob(long fileOffset) {
    return layer.segment().overlapsFile(fileOffset, fileOffset + 1);
  }

  /**
   * The dynamic section is the original's; a table that it names has moved with its contents, or
   * not at all.
   */
  String dynamic() {
    List<DynamicEntry> before = original.dynamic();
    List<DynamicEntry> after = elf.dynamic();
    boolean needed = layer.notes().setup().isNeeded();
    if (needed) {
      new NeededChecks(layer, original).strings();
      after = after.subList(1, after.size());
    }
    require(
        before.size() == after.size(),
        "%d dynamic entries, %d in the original".formatted(after.size(), before.size()));
    int moved = 0;
    for (int i = 0; i < before.size(); i++) {
      require(
          before.get(i).tag() == after.get(i).tag(),
          "dynamic entry %d has another tag than in the original".formatted(i));
      boolean checked = needed && NeededChecks.CHANGED_TAGS.contains(before.get(i).tag());
      if (!checked && before.get(i).value() != after.get(i).value()) {
        sameTable(before.get(i), after.get(i));
        moved++;
      }
    }
    return "the original's %d entries, %d of them follow tables into the blob"
        .formatted(before.size(), moved);
  }

  private void sameTable(DynamicEntry before, DynamicEntry after) {
    String name = "dynamic tag 0x%x".formatted(before.tag());
    require(DynamicTag.READ_ONLY_TABLES.contains(before.tag()), name + " was changed");
    Section table =
        original
            .section(s -> s.isAllocated() && s.addr() == before.value() && s.size() > 0)
            .orElseThrow(() -> new CheckList.Failed(name + " was changed"));
    long offset =
        elf.fileOffset(after.value(), table.size())
            .orElseThrow(() -> new CheckList.Failed(name + " points nowhere"));
    require(inBlob(offset), name + " points outside the blob");
    Bytes old = original.bytes().slice(table.offset(), table.size());
    Bytes now = elf.bytes().slice(offset, table.size());
    boolean same = table.type() == Section.SHT_DYNSYM ? sameSymbols(old, now) : old.equals(now);
    require(same, name + ": the table in the blob is not the original's");
  }

  /** Equal but for the values of symbols in sections that have moved. */
  private boolean sameSymbols(Bytes old, Bytes now) {
    ElfClass elfClass = original.header().elfClass();
    int value = Symbol.valueOffset(elfClass);
    int word = elfClass.wordSize();
    for (long at = 0; at + elfClass.symbolSize() <= old.size(); at += elfClass.symbolSize()) {
      boolean rest =
          old.slice(at, value).equals(now.slice(at, value))
              && old.slice(at + value + word, elfClass.symbolSize() - value - word)
                  .equals(now.slice(at + value + word, elfClass.symbolSize() - value - word));
      long oldValue = original.header().readWord(old, at + value);
      long newValue = original.header().readWord(now, at + value);
      int section = old.u16(at + Symbol.sectionIndexOffset(elfClass));
      if (!rest || (oldValue != newValue && !hasMoved(section, oldValue, newValue))) {
        return false;
      }
    }
    return true;
  }

  /** Whether a symbol's section is in the blob now, with the same contents, and holds no code. */
  boolean hasMoved(int section, long oldValue, long newValue) {
    if (section >= original.sections().size()) {
      return false;
    }
    Section from = original.sections().get(section);
    OptionalLong to = elf.fileOffset(newValue - (oldValue - from.addr()), from.size());
    if (from.type() == Section.SHT_DYNAMIC && layer.notes().setup().isNeeded()) {
      return to.isPresent() && inBlob(to.getAsLong());
    }
    boolean isData =
        from.isAllocated()
            && from.type() != Section.SHT_NOBITS
            && (from.flags() & (Section.SHF_EXECINSTR | Section.SHF_WRITE)) == 0;
    return isData
        && oldValue >= from.addr()
        && oldValue - from.addr() <= from.size()
        && to.isPresent()
        && inBlob(to.getAsLong())
        && original
            .bytes()
            .slice(from.offset(), from.size())
            .equals(elf.bytes().slice(to.getAsLong(), from.size()));
  }

  /** Every byte that was changed in place stands where a patch has to change one. */
  String ranges() {
    AllowedPlaces allowed = new AllowedPlaces(original, elf, layer, this);
    for (PatchRecord.Range range : layer.notes().record().ranges()) {
      require(
          allowed.contains(range.offset(), range.end()),
          "bytes 0x%x to 0x%x were changed, and no patch needs that"
              .formatted(range.offset(), range.end()));
    }
    return "%d ranges were changed in place, each as the patch needs it"
        .formatted(layer.notes().record().ranges().size());
  }
}
