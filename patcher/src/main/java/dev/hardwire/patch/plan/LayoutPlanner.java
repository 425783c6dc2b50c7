package dev.hardwire.patch.plan;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.note.BlobHeader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * Places the blob after the end of the file and its segment after the last PT_LOAD.
 *
 * <p>The program header table is not moved if there is room, or room can be made, for its new
 * entries: kernels before 5.18 compute AT_PHDR from e_phoff and the first PT_LOAD. Otherwise it
 * moves to the start of the added segment, which is placed so that this computation is still
 * correct; strip keeps the position of a table only there.
 */
final class LayoutPlanner {
  private static final int TABLE_ALIGNMENT = 8;

  /**
   * The smallest page size of any kernel. The file offset of the blob is a multiple of it; its
   * address and its file offset are equal modulo the machine's largest page size.
   */
  private static final long FILE_ALIGNMENT = 0x1000;

  /**
   * The number of spare entries for which room is made if anything has to move at all: patchelf
   * assumes that there is room for its own entry where it sees no section. In ET_EXEC files, a
   * larger gap would make it put the dynamic section there, where it is not writable.
   */
  private static final int SPARE_ENTRIES = 1;

  private final ElfFile elf;
  private final LayoutDemand demand;
  private final List<String> decisions = new ArrayList<>();
  private final List<Move> moves = new ArrayList<>();
  private final Optional<ProgramHeader> duplicate;
  private final Optional<ProgramHeader> extended;
  private long segmentOffset;
  private long blobOffset;
  private long blobAddress;
  private long cursor;
  private int notesAlignment = TABLE_ALIGNMENT;
  private long notesOffset;

  /**
   * @param demand the sizes to place
   */
  private LayoutPlanner(ElfFile elf, LayoutDemand demand) {
    this.elf = elf;
    this.demand = demand;
    NoteSegments notes = NoteSegments.of(elf);
    this.extended = notes.extended();
    this.duplicate =
        demand.replaced().isPresent() && extended.isPresent() ? Optional.empty() : notes.dropped();
  }

  static FileLayout plan(ElfFile elf, LayoutDemand demand) {
    Optional<FileLayout> inPlace = new LayoutPlanner(elf, demand).tableInPlace();
    return inPlace.isPresent() ? inPlace.get() : new LayoutPlanner(elf, demand).tableMoved();
  }

  private long align(long value) {
    return (value + elf.machine().pageSize() - 1) & -elf.machine().pageSize();
  }

  private long memoryEnd() {
    List<ProgramHeader> loads = elf.loads();
    return align(demand.memoryEnd(loads.get(loads.size() - 1)));
  }

  /**
   * @param offset file offset of the added segment
   * @param address its virtual address
   * @param beforeBlob bytes of the segment before the blob
   */
  private void start(long offset, long address, long beforeBlob) {
    segmentOffset = offset;
    blobOffset = offset + beforeBlob;
    blobAddress = address + beforeBlob;
    cursor = blobOffset + demand.coreSize();
    if (extended.isPresent()) {
      moveNotes(extended.get());
    }
    alignCursor(notesAlignment);
    notesOffset = cursor;
    cursor += demand.notesSize();
    for (Growth growth : demand.growths()) {
      move(growth);
    }
  }

  private void moveNotes(ProgramHeader segment) {
    notesAlignment = NoteSegments.alignment(segment);
    move(new Growth(segment.offset(), segment.filesz(), 0, notesAlignment, segment.vaddr()));
  }

  private void alignCursor(long alignment) {
    cursor = (cursor + alignment - 1) & -alignment;
  }

  /** An alignment as a power of two, at most the one that the loader guarantees. */
  private long usable(long alignment) {
    boolean atLeastAPage = Long.compareUnsigned(alignment, elf.machine().pageSize()) >= 0;
    return atLeastAPage ? elf.machine().pageSize() : Math.max(Long.highestOneBit(alignment), 1);
  }

  private void move(Growth growth) {
    long start = growth.start();
    long size = growth.size();
    alignCursor(usable(growth.alignment()));
    StringJoiner names = new StringJoiner(" ");
    for (Section s : elf.sections()) {
      if (s.offset() >= start && s.fileEnd() <= start + size && s.size() > 0) {
        names.add(s.name());
      }
    }
    String what =
        names.length() == 0 ? "what stands at 0x" + Long.toHexString(start) : names.toString();
    long shift = address(cursor) - growth.address();
    moves.add(new Move(start, size, growth.extra(), cursor, shift, what, true));
    cursor += size + growth.extra();
  }

  // ---- the table stays

  private Optional<FileLayout> tableInPlace() {
    if (elf.sections().isEmpty()) {
      return Optional.empty(); // nothing says what stands behind the table
    }
    long offset = (elf.bytes().size() + FILE_ALIGNMENT - 1) & -FILE_ALIGNMENT;
    start(offset, memoryEnd() + offset % elf.machine().pageSize(), 0);
    List<ProgramHeader> table = demand.table(elf);
    if (duplicate.isPresent()) {
      table.remove(duplicate.get());
      decisions.add(
          "the PT_NOTE that repeats PT_GNU_PROPERTY gives its entry in the program header table");
    }
    int entries = table.size() + 1 + (extended.isPresent() ? 0 : 1);
    long tableStart = elf.header().phoff();
    int entrySize = elf.header().elfClass().programHeaderSize();
    long oldEnd = elf.header().programTableEnd();
    long newEnd = tableStart + (long) entries * entrySize;
    long spare = elf.isPositionIndependent() ? (long) SPARE_ENTRIES * entrySize : 0;
    if (newEnd > oldEnd && !makeRoom(oldEnd, newEnd + spare) && !makeRoom(oldEnd, newEnd)) {
      return Optional.empty();
    }
    Optional<ProgramHeader> holder = elf.loadOf(tableStart);
    if (holder.isEmpty()
        || (newEnd > holder.get().fileEnd() && !RoomFinder.canExtend(elf, holder.get(), newEnd))) {
      return Optional.empty();
    }
    long extendBy = Math.max(0, newEnd - holder.get().fileEnd());
    if (extendBy > 0) {
      ProgramHeader old = holder.get();
      ProgramHeader grown = old.withSizes(old.filesz() + extendBy, old.memsz() + extendBy);
      Collections.replaceAll(table, old, grown);
      decisions.add("the first PT_LOAD grows by " + extendBy + " bytes to cover the table");
    }
    decisions.add("the program header table stays at 0x" + Long.toHexString(tableStart));
    return Optional.of(finish(table, tableStart));
  }

  private boolean makeRoom(long from, long to) {
    RoomFinder finder = new RoomFinder(elf, duplicate);
    Optional<List<Growth>> units = finder.unitsToMove(from, to, moves);
    for (Growth unit : units.orElse(List.of())) {
      move(unit);
      decisions.add(
          moves.get(moves.size() - 1).what()
              + " moves into the blob to make room for the program header table");
    }
    return units.isPresent();
  }

  // ---- the table moves

  private FileLayout tableMoved() {
    ProgramHeader first = elf.loads().get(0);
    long distance = first.vaddr() - first.offset();
    long address = Math.max(memoryEnd(), align(elf.bytes().size() + distance));
    if (distance % elf.machine().pageSize() != 0) {
      throw new ElfFormatException(
          Refusal.NO_ROOM,
          elf.header().phoff(),
          "e_phoff",
          "there is no room for another program header, and the first PT_LOAD does not start on a"
              + " page");
    }
    List<ProgramHeader> table = demand.table(elf);
    int entries = table.size() + 1 + (extended.isPresent() ? 0 : 1);
    long tableSize = (long) entries * elf.header().elfClass().programHeaderSize();
    long beforeBlob = (tableSize + BlobHeader.SIZE - 1) & -BlobHeader.SIZE;
    start(address - distance, address, beforeBlob);
    decisions.add(
        "there is no room behind the program header table; it moves in front of the blob");
    return finish(table, address - distance);
  }

  // ---- both

  private FileLayout finish(List<ProgramHeader> table, long tableOffset) {
    List<ProgramHeader> segments = new ArrayList<>();
    int behindLoads = 0;
    for (ProgramHeader segment : table) {
      segments.add(moved(segment));
      behindLoads = segment.isLoad() ? segments.size() : behindLoads;
    }
    long noteSection = keepNoteSections(tableOffset, table.size() + 1L);
    segments.add(
        behindLoads, // they ascend, and the added one is the highest
        segment(
            SegmentType.LOAD,
            demand.segmentFlags(),
            segmentOffset,
            cursor - segmentOffset,
            elf.machine().pageSize()));
    decisions.add(
        "the blob is mapped at 0x"
            + Long.toHexString(blobAddress)
            + " from file offset 0x"
            + Long.toHexString(blobOffset));
    if (extended.isEmpty()) {
      segments.add(
          segment(
              SegmentType.NOTE,
              ProgramHeader.PF_R,
              notesOffset,
              demand.notesSize(),
              notesAlignment));
      decisions.add("the policy note gets a PT_NOTE of its own");
    }
    long size = (long) segments.size() * elf.header().elfClass().programHeaderSize();
    boolean stays = tableOffset == elf.header().phoff();
    for (int i = 0; i < segments.size(); i++) {
      ProgramHeader phdr = segments.get(i);
      if (phdr.type() == SegmentType.PHDR) {
        long address = stays ? phdr.vaddr() : address(tableOffset);
        segments.set(i, phdr.at(tableOffset, address, size));
      }
    }
    return new FileLayout(
        blobOffset,
        blobAddress,
        cursor - blobOffset,
        notesOffset,
        noteSection,
        notesAlignment,
        moves,
        tableOffset,
        segments,
        decisions);
  }

  private ProgramHeader moved(ProgramHeader segment) {
    if (extended.equals(Optional.of(segment))) {
      Move move = moves.get(0);
      long size = notesOffset + demand.notesSize() - move.newOffset();
      decisions.add("the policy note joins the PT_NOTE at 0x" + Long.toHexString(segment.offset()));
      return move.apply(segment).withSizes(size, size);
    }
    for (Move move : moves) {
      if (move.contains(segment)) {
        return move.apply(segment);
      }
    }
    return segment;
  }

  private ProgramHeader segment(long type, long flags, long offset, long size, long alignment) {
    long address = address(offset);
    return new ProgramHeader(type, flags, offset, address, address, size, size, alignment);
  }

  private long address(long offset) {
    return blobAddress + (offset - blobOffset);
  }

  /**
   * Sections whose notes are copied keep the old bytes, unless the table grows over them, and the
   * section of the policy note covers the copies. To find the sections that it would overwrite,
   * patchelf goes through the section headers in order and stops at the first section that lies far
   * behind.
   *
   * @return file offset of the section of the policy note
   */
  private long keepNoteSections(long tableOffset, long entries) {
    long tableEnd = tableOffset + entries * elf.header().elfClass().programHeaderSize();
    if (extended.isEmpty() || moves.get(0).overlaps(tableOffset, tableEnd)) {
      return notesOffset;
    }
    moves.set(0, moves.get(0).withoutSections());
    return moves.get(0).newOffset();
  }
}
