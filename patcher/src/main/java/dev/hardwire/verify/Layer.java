package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.policy.Policy;
import java.util.List;

/** One patch of a file: the file, the notes of the patch and its policy. */
record Layer(ElfFile elf, HardwireNotes notes, Policy policy) {
  /** The segment that the setup note names. */
  ProgramHeader segment() {
    List<ProgramHeader> found =
        elf.loads().stream().filter(p -> p.vaddr() == notes.setup().blobAddress()).toList();
    CheckList.require(
        found.size() == 1,
        "%d segments start at the blob's address 0x%x"
            .formatted(found.size(), notes.setup().blobAddress()));
    return found.get(0);
  }

  /** The bytes of the blob's segment. */
  Bytes blob() {
    return elf.bytes().slice(segment().offset(), segment().filesz());
  }
}
