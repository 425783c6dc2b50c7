package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.form.PhaseFlags;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.elf.note.SetupNote;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.stub.Veneer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a blob has for one phase, as its headers say.
 *
 * @param offset of the header of the phase, from the start of the blob
 * @param code the bytes behind that header that are code
 * @param veneerOffset of the veneer, if there is one, from the start of the blob
 */
record PhasePart(
    Phase phase,
    long offset,
    BlobHeader header,
    Bytes code,
    SetupProgram program,
    long veneerOffset) {

  /**
   * The parts behind that of the start.
   *
   * @param elf the file
   * @param blob from its header to the end of its segment
   * @param fileOffset of the blob
   * @param setup whose hook says whether a loader stands between them
   * @param policy of the blob
   * @throws dev.hardwire.elf.ElfFormatException if one is not there
   */
  static List<PhasePart> of(
      ElfFile elf, Bytes blob, long fileOffset, SetupNote setup, Policy policy) {
    List<PhasePart> parts = new ArrayList<>();
    if (policy.phases().isEmpty()) {
      return parts;
    }
    long offset =
        setup.isFirst()
            ? Blobs.Loader.of(elf, blob, fileOffset).end()
            : BlobHeader.decode(elf.header().elfClass(), blob, fileOffset).end();
    for (Phase phase : policy.phases()) {
      long start = Math.min(offset, blob.size());
      Bytes rest = blob.slice(start, blob.size() - start);
      BlobHeader header = BlobHeader.decode(elf.header().elfClass(), rest, fileOffset + start);
      long veneer = start + header.end();
      parts.add(
          new PhasePart(
              phase,
              start,
              header,
              rest.slice(BlobHeader.SIZE, header.codeSize()),
              Blobs.program(elf.machine(), rest, header, fileOffset + start),
              veneer));
      offset = veneer + (phase.function().isPresent() ? Veneer.SIZE : 0);
    }
    return parts;
  }

  /** Where the flags of a policy's phases are in a file; empty if it needs none. */
  static Optional<PhaseFlags> flags(ElfFile original, Policy policy) {
    int count = 0;
    for (Phase phase : policy.phases()) {
      count += phase.function().isPresent() ? 1 : 0;
    }
    return count == 0 ? Optional.empty() : Optional.of(PhaseFlags.of(original, count));
  }
}
