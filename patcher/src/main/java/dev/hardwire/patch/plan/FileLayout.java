package dev.hardwire.patch.plan;

import dev.hardwire.elf.ProgramHeader;
import java.util.List;

/**
 * The places of everything that a patch adds.
 *
 * @param blobOffset file offset of the blob
 * @param blobAddress virtual address of the blob
 * @param blobSize bytes from there to the end of the segment that it is in
 * @param notesOffset file offset of the three notes
 * @param noteSectionOffset file offset of the section that ends with them
 * @param moves the ranges that move into the blob
 * @param tableOffset e_phoff
 * @param table the program header table
 * @param decisions the choices with their reasons
 */
record FileLayout(
    long blobOffset,
    long blobAddress,
    long blobSize,
    long notesOffset,
    long noteSectionOffset,
    int notesAlignment,
    List<Move> moves,
    long tableOffset,
    List<ProgramHeader> table,
    List<String> decisions) {
  FileLayout {
    moves = List.copyOf(moves);
    table = List.copyOf(table);
    decisions = List.copyOf(decisions);
  }

  /** The virtual address of a byte of the blob. */
  long addressOf(long fileOffset) {
    return blobAddress + (fileOffset - blobOffset);
  }
}
