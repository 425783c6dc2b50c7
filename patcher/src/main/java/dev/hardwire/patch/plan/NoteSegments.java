package dev.hardwire.patch.plan;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Note;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.SegmentType;
import java.util.List;
import java.util.Optional;

/**
 * The changes that a patch makes to the PT_NOTEs of a file.
 *
 * @param dropped the one that repeats PT_GNU_PROPERTY and whose program header is reused
 * @param extended the one that the policy note joins
 */
record NoteSegments(Optional<ProgramHeader> dropped, Optional<ProgramHeader> extended) {
  static NoteSegments of(ElfFile elf) {
    ProgramHeader property = elf.segment(SegmentType.GNU_PROPERTY).orElse(null);
    Optional<ProgramHeader> dropped = Optional.empty();
    for (ProgramHeader note : elf.programHeaders()) {
      if (dropped.isEmpty() && note.type() == SegmentType.NOTE && repeats(note, property)) {
        dropped = Optional.of(note);
      }
    }
    for (ProgramHeader note : elf.programHeaders()) {
      if (note.type() == SegmentType.NOTE
          && !dropped.equals(Optional.of(note))
          && note.filesz() > 0
          && elf.isMapped(note)
          && endsWithNote(elf, note)) {
        return new NoteSegments(dropped, Optional.of(note));
      }
    }
    return new NoteSegments(dropped, Optional.empty());
  }

  private static boolean repeats(ProgramHeader note, ProgramHeader property) {
    return property != null
        && note.offset() == property.offset()
        && note.filesz() == property.filesz();
  }

  /** p_align of notes: 4, unless it is 8. */
  static int alignment(ProgramHeader segment) {
    return segment.align() == 8 ? 8 : 4;
  }

  /** After anything but a note and its padding, readers would misread the notes that follow. */
  private static boolean endsWithNote(ElfFile elf, ProgramHeader segment) {
    List<Note> notes = elf.notes(segment);
    if (notes.isEmpty()) {
      return false;
    }
    Note last = notes.get(notes.size() - 1);
    long end = last.descOffset() + last.desc().size() - segment.offset();
    return segment.filesz() <= end + Math.floorMod(-end, alignment(segment));
  }
}
