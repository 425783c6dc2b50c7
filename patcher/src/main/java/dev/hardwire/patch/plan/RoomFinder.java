package dev.hardwire.patch.plan;

import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the ranges that have to move so that the program header table can grow: {@code .interp} and
 * notes, which program headers point to; if that is not enough, also the tables of the dynamic
 * linker, which the dynamic section points to.
 */
final class RoomFinder {
  private static final Set<Long> DYNAMIC_TABLES =
      Set.of(
          Section.SHT_HASH,
          Section.SHT_GNU_HASH,
          Section.SHT_DYNSYM,
          Section.SHT_GNU_VERSYM,
          Section.SHT_GNU_VERDEF,
          Section.SHT_GNU_VERNEED);

  private final ElfFile elf;
  private final Optional<ProgramHeader> droppedNote;

  RoomFinder(ElfFile elf, Optional<ProgramHeader> droppedNote) {
    this.elf = elf;
    this.droppedNote = droppedNote;
  }

  /**
   * The ranges to move so that {@code [from, to)} of the file is free; empty if something there
   * cannot move.
   *
   * @param moved the ranges that move anyway
   */
  Optional<List<Growth>> unitsToMove(long from, long to, List<Move> moved) {
    if (to > elf.bytes().size() || !gapsAreZero(from, to)) {
      return Optional.empty();
    }
    List<Growth> units = new ArrayList<>();
    List<Section> occupants =
        elf.sections().stream()
            .filter(s -> s.overlapsFile(from, to))
            .sorted((one, other) -> Long.compare(one.offset(), other.offset()))
            .toList();
    for (Section section : occupants) {
      boolean done =
          moved.stream().anyMatch(m -> m.contains(section))
              || units.stream()
                  .anyMatch(u -> section.offset() >= u.start() && section.fileEnd() <= u.end());
      if (done) {
        continue;
      }
      Growth unit = unit(section);
      if (!isMovable(section) || !isWhole(unit)) {
        return Optional.empty();
      }
      units.add(unit);
    }
    return pointsInside(from, to, occupants) ? Optional.empty() : Optional.of(units);
  }

  /** Whether the segment can grow to {@code newEnd} in the file, and by the same size in memory. */
  static boolean canExtend(ElfFile elf, ProgramHeader holder, long newEnd) {
    long grownMemory = holder.vaddr() + (newEnd - holder.offset());
    boolean free =
        elf.loads().stream()
            .filter(p -> !p.equals(holder))
            .noneMatch(
                p ->
                    p.overlapsFile(holder.fileEnd(), newEnd)
                        || p.overlapsMemory(holder.memoryEnd(), grownMemory));
    return free && holder.filesz() == holder.memsz() && newEnd <= elf.bytes().size();
  }

  private boolean isMovable(Section section) {
    boolean mapped = elf.fileOffset(section.addr(), section.size()).orElse(-1) == section.offset();
    if (!section.isAllocated() || section.name().isEmpty() || !mapped || isShared(section)) {
      return false;
    }
    boolean interp =
        elf.segment(SegmentType.INTERP)
            .filter(p -> p.offset() == section.offset() && p.filesz() == section.size())
            .isPresent();
    boolean dynamicStrings =
        section.type() == Section.SHT_STRTAB && section.name().equals(".dynstr");
    return interp
        || section.type() == Section.SHT_NOTE
        || DYNAMIC_TABLES.contains(section.type())
        || dynamicStrings;
  }

  /** Whether some of its bytes also belong to another section: both would change and move. */
  private boolean isShared(Section section) {
    return elf.sections().stream()
        .filter(s -> s.isAllocated() && s.type() != Section.SHT_NOBITS && s.size() > 0)
        .filter(s -> s.index() != section.index())
        .anyMatch(s -> s.overlapsFile(section.offset(), section.fileEnd()));
  }

  /** Bytes that move together, because one segment covers them or because they are one section. */
  private Growth unit(Section section) {
    return elf.programHeaders().stream()
        .filter(
            p ->
                p.type() == SegmentType.NOTE
                    && !droppedNote.equals(Optional.of(p))
                    && section.isIn(p))
        .findFirst()
        .map(p -> new Growth(p.offset(), p.filesz(), 0, p.align(), p.vaddr()))
        .orElse(
            new Growth(section.offset(), section.size(), 0, section.addralign(), section.addr()));
  }

  /** Whether every segment that overlaps a unit lies within it and is mapped like the unit. */
  private boolean isWhole(Growth unit) {
    return elf.programHeaders().stream()
        .filter(p -> !p.isLoad() && p.overlapsFile(unit.start(), unit.end()))
        .filter(p -> p.filesz() > 0 && !droppedNote.equals(Optional.of(p)))
        .allMatch(p -> p.offset() >= unit.start() && p.fileEnd() <= unit.end() && elf.isMapped(p));
  }

  /**
   * Whether the dynamic section points to a place in {@code [from, to)} that is not the start of a
   * section there, so that it would not follow the move.
   */
  private boolean pointsInside(long from, long to, List<Section> occupants) {
    return elf.dynamic().stream()
        .filter(entry -> DynamicTag.READ_ONLY_TABLES.contains(entry.tag()))
        .filter(entry -> occupants.stream().noneMatch(s -> s.addr() == entry.value()))
        .mapToLong(entry -> elf.fileOffset(entry.value(), 1).orElse(-1))
        .anyMatch(offset -> from <= offset && offset < to);
  }

  private boolean gapsAreZero(long from, long to) {
    long at = from;
    while (at < to) {
      long here = at;
      long covered =
          elf.sections().stream()
              .filter(s -> s.overlapsFile(here, here + 1))
              .mapToLong(Section::fileEnd)
              .max()
              .orElse(-1);
      if (covered > here) {
        at = covered;
        continue;
      }
      long next =
          elf.sections().stream()
              .filter(s -> s.overlapsFile(here, to))
              .mapToLong(Section::offset)
              .min()
              .orElse(to);
      if (!elf.bytes().isZero(here, Math.min(next, to) - here)) {
        return false;
      }
      at = next;
    }
    return true;
  }
}
