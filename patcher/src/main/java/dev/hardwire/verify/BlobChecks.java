package dev.hardwire.verify;

import static dev.hardwire.verify.CheckList.require;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Relocation;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.seccomp.Filter;
import dev.hardwire.seccomp.prove.Counterexample;
import dev.hardwire.seccomp.prove.FilterProof;
import dev.hardwire.seccomp.prove.UnprovableException;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.stub.StubCode;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What runs: the blob, the stub in it and the system calls that it makes. */
final class BlobChecks {
  /** Types that make the loader or the C library change memory or its protection. */
  private static final Set<Long> ACTIVE_TYPES =
      Set.of(SegmentType.LOAD, SegmentType.DYNAMIC, SegmentType.TLS, SegmentType.GNU_RELRO);

  private final Layer layer;
  private final ElfFile elf;

  BlobChecks(Layer layer) {
    this.layer = layer;
    this.elf = layer.elf();
  }

  private BlobHeader header() {
    return BlobHeader.decode(layer.blob(), layer.blobOffset());
  }

  String placement() {
    ProgramHeader segment = layer.segment();
    require(
        segment.flags() == (ProgramHeader.PF_R | ProgramHeader.PF_X),
        "the blob's segment has flags %d and not read and execute alone"
            .formatted(segment.flags()));
    require(
        segment.filesz() == segment.memsz(),
        "the blob's segment has 0x%x bytes in the file and 0x%x in memory"
            .formatted(segment.filesz(), segment.memsz()));
    require(
        layer.blob().size() == layer.notes().setup().blobSize(),
        "the blob has 0x%x bytes in its segment and 0x%x in the setup note"
            .formatted(layer.blob().size(), layer.notes().setup().blobSize()));
    long page = elf.machine().pageSize();
    long start = segment.vaddr() & -page;
    long end = (segment.memoryEnd() + page - 1) & -page;
    for (ProgramHeader other : elf.programHeaders()) {
      long otherStart = other.vaddr() & -page;
      long otherEnd = (other.memoryEnd() + page - 1) & -page;
      require(
          other.equals(segment)
              || !ACTIVE_TYPES.contains(other.type())
              || otherStart >= end
              || start >= otherEnd,
          "a segment of type 0x%x at 0x%x shares pages with the blob"
              .formatted(other.type(), other.vaddr()));
    }
    require(
        elf.programHeaders().stream().filter(segment::equals).count() == 1,
        "the blob's segment is there twice");
    return "mapped once at 0x%x, %d bytes, not writable"
        .formatted(segment.vaddr(), segment.filesz());
  }

  String stub() {
    BlobHeader header = header();
    StubCode shipped = StubCode.of(elf.machine());
    require(
        header.machine() == elf.machine().code(), "the blob is for machine " + header.machine());
    Bytes code = layer.blob().slice(BlobHeader.SIZE, header.codeSize());
    require(
        code.equals(shipped.code()),
        "the code is not the stub that Hardwire ships for " + elf.machine().id());
    return "the stub that Hardwire ships for %s, SHA-256 %s"
        .formatted(elf.machine().id(), code.sha256().hex());
  }

  String setup() {
    SetupProgram found = Blobs.program(layer.blob(), header(), layer.blobOffset());
    SetupProgram expected = SetupCompiler.compile(elf.machine(), layer.policy());
    require(
        found.steps().size() == expected.steps().size(),
        "%d steps, the policy takes %d".formatted(found.steps().size(), expected.steps().size()));
    for (int i = 0; i < found.steps().size(); i++) {
      require(
          found.steps().get(i).equals(expected.steps().get(i)),
          "step %d is %s, the policy takes %s"
              .formatted(i, found.steps().get(i), expected.steps().get(i)));
    }
    require(
        found.data().equals(expected.data()),
        "the filter or a message is not what the policy compiles to");
    return "the %d steps and the filter are what the policy compiles to"
        .formatted(found.steps().size());
  }

  /**
   * Independent of the compiler: filter and policy as functions of every bit that a filter sees.
   */
  String filter() {
    SetupProgram program = Blobs.program(layer.blob(), header(), layer.blobOffset());
    List<Filter> filters = Blobs.filters(program, elf.header().order());
    require(filters.size() == 1, "%d filters, the policy takes one".formatted(filters.size()));
    ResolvedPolicy policy =
        ResolvedPolicy.of(layer.policy(), SetupCompiler.architecture(elf.machine()));
    try {
      Optional<Counterexample> found = FilterProof.check(filters.get(0), policy);
      found.ifPresent(
          example ->
              require(
                  false,
                  "the filter decides %s and the policy %s for %s"
                      .formatted(example.first(), example.second(), example.call())));
    } catch (UnprovableException e) {
      require(false, e.getMessage());
    }
    return "its %d instructions decide every call as the policy does"
        .formatted(filters.get(0).size());
  }

  String relocations() {
    ProgramHeader segment = layer.segment();
    List<Relocation> touching = elf.relocations().touching(segment.vaddr(), segment.memsz());
    require(
        touching.isEmpty(),
        touching.isEmpty()
            ? ""
            : "a relocation writes to 0x%x in the blob".formatted(touching.get(0).address()));
    return "none writes to the blob";
  }
}
