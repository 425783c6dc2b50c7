package dev.hardwire.patch.plan;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.form.NormalForm;
import dev.hardwire.elf.form.PackedCode;
import dev.hardwire.elf.note.HardwireNotes;
import java.util.List;

/** Refuses well-formed files that a patch would break or could not confine. */
final class PatchChecks {
  private PatchChecks() {}

  static NormalForm check(ElfFile elf, PatchRequest request) {
    PatchSettings settings = request.settings();
    debugOnly(elf);
    PackedCode.refuse(elf);
    NormalForm form = form(elf, request);
    notesOnce(elf);
    heapAfterData(elf);
    if (elf.isSharedLibrary() && (!settings.sharedLibraries() || settings.library().isPresent())) {
      throw HeaderField.E_TYPE.refuse(
          Refusal.SHARED_LIBRARY,
          elf.header().elfClass(),
          "ET_DYN, but a shared library and not a program");
    }
    if (HardwireNotes.count(elf) > 0 && settings.existing() != PatchSettings.Existing.STACK) {
      throw new ElfFormatException(
          Refusal.ALREADY_PATCHED,
          HardwireNotes.last(elf).map(notes -> notes.record().originalSize()).orElse(0L),
          "PT_NOTE",
          "the file is hard-wired already");
    }
    needed(elf, settings);
    return form;
  }

  /** Under the hook first, any dynamic linker runs under the policy, but begins phases or not. */
  private static NormalForm form(ElfFile elf, PatchRequest request) {
    boolean isFirst = request.settings().isFirst();
    return isFirst && request.phases().isEmpty()
        ? NormalForm.withAnyInterpreter(elf)
        : NormalForm.of(elf, request.settings().interpreters());
  }

  /** The library runs every setup program of mode needed, so one dependency on it is enough. */
  private static void needed(ElfFile elf, PatchSettings settings) {
    if (settings.library().isPresent() && HardwireNotes.isNeeded(elf)) {
      throw new ElfFormatException(
          Refusal.ALREADY_PATCHED,
          0,
          "PT_NOTE",
          "it needs a library for its policy already, so only a stub can be stacked");
    }
  }

  private static void debugOnly(ElfFile elf) {
    for (Section s : elf.sections()) {
      if (s.isAllocated()
          && (s.flags() & Section.SHF_EXECINSTR) != 0
          && s.type() == Section.SHT_NOBITS) {
        throw new ElfFormatException(
            Refusal.DEBUG_ONLY,
            elf.header().shoff()
                + (long) s.index() * elf.header().elfClass().sectionHeaderSize()
                + Integer.BYTES,
            "sh_type",
            "section %s holds no code (SHT_NOBITS)".formatted(s.name()));
      }
    }
  }

  /** A note added to one segment would also be found through the other one. */
  private static void notesOnce(ElfFile elf) {
    List<ProgramHeader> headers = elf.programHeaders();
    for (int i = 0; i < headers.size(); i++) {
      ProgramHeader note = headers.get(i);
      if (note.type() == SegmentType.NOTE && isRepeated(note, headers.subList(0, i))) {
        throw elf.header()
            .refuse(
                Refusal.BAD_SEGMENT,
                i,
                "p_type",
                "program header %d: a second PT_NOTE for the same notes".formatted(i));
      }
    }
  }

  private static boolean isRepeated(ProgramHeader note, List<ProgramHeader> before) {
    for (ProgramHeader other : before) {
      if (other.type() == SegmentType.NOTE && other.overlapsFile(note.offset(), note.fileEnd())) {
        return true;
      }
    }
    return false;
  }

  /** Refuses edits that would change the name of the dynamic linker. */
  static void interpreterStays(ElfFile elf, FileLayout layout, List<Edit> edits) {
    ProgramHeader name = elf.segment(SegmentType.INTERP).orElse(null);
    boolean stays = name != null;
    for (Move move : layout.moves()) {
      stays &= name != null && !move.contains(name);
    }
    for (Edit edit : edits) {
      if (stays && name.overlapsFile(edit.offset(), edit.offset() + edit.replacement().size())) {
        throw elf.header()
            .refuse(
                Refusal.BAD_SEGMENT,
                elf.programHeaders().indexOf(name),
                "p_offset",
                "the name of the dynamic linker stands in bytes that a patch changes");
      }
    }
  }

  /**
   * Lisp images such as GCL's were written from memory. They start themselves again without
   * randomisation, so that their heap begins where it was: behind the last segment of the file, and
   * a patch adds one.
   */
  private static void heapAfterData(ElfFile elf) {
    if (!elf.isPositionIndependent() && elf.imports("sbrk") && elf.imports("personality")) {
      throw HeaderField.E_TYPE.refuse(
          Refusal.HEAP_AFTER_DATA,
          elf.header().elfClass(),
          "ET_EXEC with sbrk and personality: the program expects its heap behind its last segment,"
              + " where a patch would be");
    }
  }
}
