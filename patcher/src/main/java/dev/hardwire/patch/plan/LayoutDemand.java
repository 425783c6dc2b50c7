package dev.hardwire.patch.plan;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.form.PhaseFlags;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The sizes of the parts for which a patch needs a place.
 *
 * @param coreSize bytes of the blob's header, code, records and data
 * @param notesSize bytes of the three notes
 * @param segmentFlags p_flags of the added segment
 * @param growths the ranges that move in any case
 * @param flags memory behind a segment
 * @param replaced the entry of the program header table that gives its place to the added segment
 */
record LayoutDemand(
    long coreSize,
    long notesSize,
    long segmentFlags,
    List<Growth> growths,
    Optional<PhaseFlags> flags,
    Optional<ProgramHeader> replaced) {
  LayoutDemand {
    growths = List.copyOf(growths);
  }

  /** The program headers of a file that stay, with the memory for flags. */
  List<ProgramHeader> table(ElfFile elf) {
    List<ProgramHeader> table = new ArrayList<>(elf.programHeaders());
    if (flags.isPresent()) {
      Collections.replaceAll(table, flags.get().before(), flags.get().after());
    }
    replaced.ifPresent(table::remove);
    return table;
  }

  /** The end of the last segment in memory, or of the flags. */
  long memoryEnd(ProgramHeader last) {
    long end = last.memoryEnd();
    return flags.isPresent() ? Math.max(end, flags.get().end()) : end;
  }
}
