package dev.hardwire.verify;

import static dev.hardwire.verify.CheckList.require;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Relocation;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.prove.symbolic.Counterexample;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.stub.PhaseProgram;
import dev.hardwire.stub.SealSteps;
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

  private final PatchLayer layer;
  private final ElfFile elf;
  private ResolvedPolicy policy;

  BlobChecks(PatchLayer layer) {
    this.layer = layer;
    this.elf = layer.elf();
  }

  /**
   * A stub's segment can be executed; one for a library cannot, and it can be written to only where
   * the dynamic section, which the dynamic linker writes to, had to move there.
   */
  private long expectedFlags(ProgramHeader segment) {
    if (!layer.notes().setup().isNeeded()) {
      return ProgramHeader.PF_R | ProgramHeader.PF_X;
    }
    return elf.segment(SegmentType.DYNAMIC).filter(d -> isIn(segment, d)).isPresent()
        ? ProgramHeader.PF_R | ProgramHeader.PF_W
        : ProgramHeader.PF_R;
  }

  private static boolean isIn(ProgramHeader outer, ProgramHeader inner) {
    return inner.vaddr() >= outer.vaddr() && inner.memoryEnd() <= outer.memoryEnd();
  }

  String placement() {
    ProgramHeader segment = layer.segment();
    require(
        segment.flags() == expectedFlags(segment),
        "the blob's segment has flags %d and not %d"
            .formatted(segment.flags(), expectedFlags(segment)));
    require(
        segment.filesz() == segment.memsz(),
        "the blob's segment has 0x%x bytes in the file and 0x%x in memory"
            .formatted(segment.filesz(), segment.memsz()));
    require( // the kernel chooses addresses that fit the largest of a program
        segment.align() == elf.machine().pageSize(),
        "the blob's segment is aligned to 0x%x and not 0x%x"
            .formatted(segment.align(), elf.machine().pageSize()));
    require(
        layer.blob().size() == layer.notes().setup().blobSize(),
        "the blob has 0x%x bytes in its segment and 0x%x in the setup note"
            .formatted(layer.blob().size(), layer.notes().setup().blobSize()));
    long page = elf.machine().pageSize();
    long start = segment.vaddr() & -page;
    long end = (segment.memoryEnd() + page - 1) & -page;
    for (ProgramHeader other : elf.programHeaders()) {
      long otherStart = other.vaddr() & -page;
      // of thread-local variables, only the initial content is where it is said to be
      long size = other.type() == SegmentType.TLS ? other.filesz() : other.memsz();
      long otherEnd = (other.vaddr() + size + page - 1) & -page;
      require(
          other.equals(segment)
              || (other.type() == SegmentType.DYNAMIC && layer.notes().setup().isNeeded())
              || !ACTIVE_TYPES.contains(other.type())
              || otherStart >= end
              || start >= otherEnd,
          "a segment of type 0x%x at 0x%x shares pages with the blob"
              .formatted(other.type(), other.vaddr()));
    }
    require(
        elf.programHeaders().stream().filter(segment::equals).count() == 1,
        "the blob's segment is there twice");
    return "mapped once at 0x%x, %d bytes, %s"
        .formatted(
            segment.vaddr(),
            segment.filesz(),
            segment.isWritable() ? "writable, as the dynamic section is in it" : "not writable");
  }

  String stub() {
    BlobHeader header = layer.header();
    StubCode shipped = layer.format().stub(elf.machine());
    require(
        header.machine() == elf.machine().code(), "the blob is for machine " + header.machine());
    if (layer.notes().setup().isNeeded()) {
      require(header.codeSize() == 0, "there is code in a blob that a library runs");
      return "no code: the library runs the setup program";
    }
    Bytes code = layer.blob().slice(BlobHeader.SIZE, header.codeSize());
    require(
        code.equals(shipped.code()),
        "the code is not the stub that Hardwire ships for " + elf.machine().id());
    for (PhasePart part : layer.phases()) {
      require(
          part.header().machine() == header.machine() && part.code().equals(shipped.code()),
          "the code of the phase \"%s\" is not the stub that Hardwire ships for %s"
              .formatted(part.phase().name(), elf.machine().id()));
    }
    return "the stub that Hardwire ships for %s, SHA-256 %s"
        .formatted(elf.machine().id(), code.sha256().hex());
  }

  String setup() {
    SetupProgram found = layer.program();
    same("", found, expected());
    List<PhaseProgram> phases = layer.format().phases(elf.machine(), layer.policy());
    List<PhasePart> parts = layer.phases();
    for (int i = 0; i < phases.size(); i++) {
      String name = "phase \"%s\": ".formatted(phases.get(i).phase().name());
      same(name, parts.get(i).program(), phases.get(i).program());
    }
    return "the %d steps and the filter are what the policy compiles to%s"
        .formatted(found.steps().size(), phases.isEmpty() ? "" : ", and so are those of phases");
  }

  private SetupProgram expected() {
    return SealSteps.added(
        RecentPolicies.compiled(layer),
        elf.machine(),
        elf.programHeaders(),
        layer.notes().setup().blobAddress(),
        layer.notes().setup().hook());
  }

  private static void same(String where, SetupProgram found, SetupProgram expected) {
    require(
        found.steps().size() == expected.steps().size(),
        where
            + "%d steps, the policy takes %d"
                .formatted(found.steps().size(), expected.steps().size()));
    for (int i = 0; i < found.steps().size(); i++) {
      require(
          found.steps().get(i).equals(expected.steps().get(i)),
          where
              + "step %d is %s, the policy takes %s"
                  .formatted(i, found.steps().get(i), expected.steps().get(i)));
    }
    require(
        found.data().equals(expected.data()),
        where + "the filter or a message is not what the policy compiles to");
  }

  /**
   * Independent of the compiler: filter and policy as functions of every bit that a filter sees.
   */
  String filter() {
    Filter filter = filter("", layer.program());
    policy = RecentPolicies.proven(layer, filter, () -> meant(filter));
    int size = filter.size();
    for (PhasePart part : layer.phases()) {
      String name = "phase \"%s\": ".formatted(part.phase().name());
      Filter later = filter(name, part.program());
      prove(name, later, ResolvedPolicy.of(layer.policy(), part.phase(), elf.machine()));
      size += later.size();
    }
    Set<String> passed = SyscallTable.of(elf.machine()).unfiltered().keySet();
    return "its %d instructions decide every call as the policy does"
        .formatted(size)
        .concat(passed.isEmpty() ? "" : "; the kernel lets through " + String.join(", ", passed));
  }

  private Filter filter(String where, SetupProgram program) {
    List<Filter> filters = Blobs.filters(elf.machine(), program);
    require(
        filters.size() == 1, where + "%d filters, the policy takes one".formatted(filters.size()));
    return filters.get(0);
  }

  private ResolvedPolicy meant(Filter filter) {
    ResolvedPolicy resolved = ResolvedPolicy.of(layer.policy(), elf.machine());
    prove("", filter, resolved);
    return resolved;
  }

  private static void prove(String where, Filter filter, ResolvedPolicy meant) {
    try {
      Optional<Counterexample> found = FilterProof.check(filter, meant);
      found.ifPresent(
          example ->
              require(
                  false,
                  where
                      + "the filter decides %s and the policy %s for %s"
                          .formatted(example.first(), example.second(), example.call())));
    } catch (UnprovableException e) {
      require(false, where + e.getMessage());
    }
  }

  /** The policy that {@link #filter} compared. */
  ResolvedPolicy policy() {
    return policy;
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
