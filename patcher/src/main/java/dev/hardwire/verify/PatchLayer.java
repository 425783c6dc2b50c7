package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.patch.Format;
import dev.hardwire.policy.Policy;
import dev.hardwire.stub.SetupProgram;
import java.util.List;

/** One patch of a file: the file, the notes of the patch and its policy. */
record PatchLayer(ElfFile elf, HardwireNotes notes, Policy policy) {
  /** How the patch was made. */
  Format format() {
    return Format.of(notes);
  }

  /**
   * The segment that the setup note names; it starts with the blob, or with the program headers.
   */
  ProgramHeader segment() {
    long address = notes.setup().blobAddress();
    List<ProgramHeader> found =
        elf.loads().stream().filter(p -> p.overlapsMemory(address, address + 1)).toList();
    CheckList.require(
        found.size() == 1,
        "%d segments hold the blob's address 0x%x".formatted(found.size(), address));
    ProgramHeader segment = found.get(0);
    long tableSize = elf.header().programTableSize();
    long before = address - segment.vaddr();
    CheckList.require(
        before == 0
            || (elf.header().phoff() == segment.offset()
                && before >= tableSize
                && before < tableSize + BlobHeader.SIZE
                && segment.filesz() >= before
                && elf.bytes().isZero(segment.offset() + tableSize, before - tableSize)),
        "the blob at 0x%x does not start its segment".formatted(address));
    return segment;
  }

  /** The bytes from the blob's header to the end of the segment. */
  Bytes blob() {
    ProgramHeader segment = segment();
    long before = notes.setup().blobAddress() - segment.vaddr();
    return elf.bytes().slice(segment.offset() + before, segment.filesz() - before);
  }

  /** File offset of the blob. */
  long blobOffset() {
    ProgramHeader segment = segment();
    return segment.offset() + (notes.setup().blobAddress() - segment.vaddr());
  }

  BlobHeader header() {
    return BlobHeader.decode(elf.header().elfClass(), blob(), blobOffset());
  }

  /** What the stub or the library runs. */
  SetupProgram program() {
    return Blobs.program(elf.machine(), blob(), header(), blobOffset());
  }

  /** What begins the phases of the policy, in its order. */
  List<PhasePart> phases() {
    return PhasePart.of(elf, blob(), blobOffset(), notes.setup(), policy);
  }
}
